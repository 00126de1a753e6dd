/** The codec that Tars.js publishes, and structs that its code generator wrote: what ours is compared with. */

import { createRequire } from 'node:module';

/** A stream of `@tars/stream`; the package has no types for what generated code calls. */
export type PublishedStream = Readonly<Record<string, (...parameters: unknown[]) => unknown>>;
/** Anything of the package with the names that it really has. */
type Loose = Readonly<Record<string, unknown>>;

interface BinBuffer {
  toNodeBuffer(): Buffer;
}

/** A struct of generated code: plain fields, and how to write and read them. */
type GeneratedStruct = new () => Record<string, unknown>;

export interface PublishedMap {
  insert(key: unknown, value: unknown): void;
  forEach(visit: (key: unknown, value: unknown) => void): void;
}

interface UniAttribute {
  tupVersion: number;
  encode(): BinBuffer;
  decode(buffer: BinBuffer): void;
}

const require = createRequire(import.meta.url);
const requireOfRpc = createRequire(require.resolve('@tars/rpc'));

interface PublishedCodec {
  readonly BinBuffer: new (bytes?: Buffer) => BinBuffer;
  readonly TarsOutputStream: new () => PublishedStream;
  readonly TarsInputStream: new (buffer: BinBuffer) => PublishedStream;
  readonly UniAttribute: new () => UniAttribute & PublishedStream;
  readonly Map: (key: unknown, value: unknown) => PublishedMap;
  readonly List: (item: unknown) => { readonly value: unknown[]; push(value: unknown): void };
  readonly [scalar: string]: unknown;
}

type Structs<Name extends string> = { readonly tars: Readonly<Record<Name, GeneratedStruct>> };

export const published = require('@tars/stream') as PublishedCodec;

const packets = require('@tars/rpc/core/rpc-tars/RequestF.js') as Structs<
  'RequestPacket' | 'ResponsePacket'
>;
const stat = require('@tars/monitor/stat/StatFProxy.js') as Structs<
  'StatMicMsgHead' | 'StatMicMsgBody'
>;
const endpoint = requireOfRpc('@tars/registry/EndpointFTars.js') as Structs<'EndpointF'>;

export const generated = { ...packets.tars, ...stat.tars, ...endpoint.tars };

/** Calls a method that the package or its generator named, whatever the name is. */
export function invoke(target: unknown, method: string, ...parameters: unknown[]): unknown {
  const found = (target as Loose)[method] as (...given: unknown[]) => unknown;
  return found.apply(target, parameters);
}

/** The bytes that `write` puts on a stream of the published codec. */
export function publishedBytes(write: (stream: PublishedStream) => void): Buffer {
  const stream = new published.TarsOutputStream();
  write(stream);
  return (invoke(stream, 'getBinBuffer') as BinBuffer).toNodeBuffer();
}

export function publishedReader(bytes: Buffer): PublishedStream {
  return new published.TarsInputStream(new published.BinBuffer(bytes));
}

/** The fields of a generated struct, without begin and end. */
export function writeGenerated(value: object): Buffer {
  return publishedBytes((stream) => invoke(value, '_writeTo', stream));
}

export function readGenerated(type: GeneratedStruct, bytes: Buffer): Record<string, unknown> {
  return invoke(type, '_readFrom', publishedReader(bytes)) as Record<string, unknown>;
}
