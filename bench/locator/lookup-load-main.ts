/** The callers of the locator benchmark: frames that are written once, and replies that are only counted. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeFields, encodeStruct } from '../../tars/codec/encode.ts';
import { t } from '../../tars/codec/types.ts';
import { RequestPacket } from '../../tars/framework/packets.ts';
import { frameOf } from '../../tars/rpc/frame.ts';

export interface LoadRequest {
  readonly port: number;
  /** Objects that exist; each is looked up in turn. */
  readonly names: readonly string[];
  /** `all`: as many as are answered. */
  readonly perSecond: number | 'all';
  readonly forMs: number;
}

export interface LoadAnswer {
  readonly lookups: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const connections = 4;
/** Lookups in flight on each connection. */
const pipelined = 64;
const replyBytesMin = 100;

/** One connection: replies come in the order of the requests, because all names are known. */
class Caller {
  readonly took: number[] = [];
  readonly #socket: Socket;
  readonly #sentAt: number[] = [];
  #answered = 0;
  #waiting: Buffer = Buffer.alloc(0);
  #onAnswers: (count: number) => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  static async open(port: number): Promise<Caller> {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    return new Caller(socket);
  }

  get inFlight(): number {
    return this.#sentAt.length - this.#answered;
  }

  onAnswers(listener: (count: number) => void): void {
    this.#onAnswers = listener;
  }

  send(frames: readonly Uint8Array[]): void {
    const now = performance.now();
    for (let count = 0; count < frames.length; count += 1) this.#sentAt.push(now);
    this.#socket.write(Buffer.concat(frames));
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    const now = performance.now();
    let at = 0;
    let count = 0;
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32BE(at);
      if (bytes.length - at < length) break;
      if (length < replyBytesMin) throw new Error(`a reply of ${length} bytes has no endpoints`);
      this.took.push(now - (this.#sentAt[this.#answered] ?? now));
      this.#answered += 1;
      count += 1;
      at += length;
    }
    this.#waiting = bytes.subarray(at);
    if (count > 0) this.#onAnswers(count);
  }
}

function frameFor(name: string, id: number): Uint8Array {
  return frameOf(
    encodeStruct(RequestPacket, {
      iVersion: 1,
      cPacketType: 0,
      iMessageType: 0,
      iRequestId: id,
      sServantName: 'tars.tarsregistry.QueryObj',
      sFuncName: 'findObjectByIdInSameGroup',
      sBuffer: encodeFields([[1, t.string, name]]),
      iTimeout: 3_000,
      context: new Map([['node_name', 'sz-1']]),
      status: new Map(),
    }),
  );
}

async function run({ port, names, perSecond, forMs }: LoadRequest): Promise<LoadAnswer> {
  const frames = names.map((name, index) => frameFor(name, index + 1));
  const callers = await Promise.all(Array.from({ length: connections }, () => Caller.open(port)));
  let next = 0;
  const take = (count: number): Uint8Array[] =>
    Array.from({ length: count }, () => {
      next = (next + 1) % frames.length;
      return frames[next] ?? new Uint8Array(0);
    });
  const began = performance.now();
  const endsAt = began + forMs;
  if (perSecond === 'all') {
    for (const caller of callers) {
      caller.onAnswers((count) => {
        if (performance.now() < endsAt) caller.send(take(count));
      });
      caller.send(take(pipelined));
    }
  } else {
    await pace(callers, { perSecond, began, endsAt, take });
  }
  while (performance.now() < endsAt || callers.some(({ inFlight }) => inFlight > 0)) await delay(1);
  const tookMs = performance.now() - began;
  for (const caller of callers) caller.close();
  const took = callers.flatMap((caller) => caller.took).toSorted((left, right) => left - right);
  const at = (share: number): number => took[Math.floor(took.length * share)] ?? Number.NaN;
  return {
    lookups: took.length,
    perSecond: (took.length / tookMs) * 1_000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

interface Pace {
  readonly perSecond: number;
  readonly began: number;
  readonly endsAt: number;
  take(count: number): Uint8Array[];
}

/**
 * What is due is sent, each millisecond, whether or not what went before was answered: a slow answer
 * delays no request. Sleeping in between leaves the machine to the server.
 */
async function pace(callers: readonly Caller[], { perSecond, began, endsAt, take }: Pace) {
  let sent = 0;
  let turnOf = 0;
  for (let now = began; now < endsAt; now = performance.now()) {
    const due = Math.floor(((now - began) / 1_000) * perSecond) - sent;
    if (due > 0) {
      callers[turnOf]?.send(take(due));
      turnOf = (turnOf + 1) % callers.length;
      sent += due;
    }
    await delay(1);
  }
}

process.on('message', (request: LoadRequest) => {
  void run(request).then((answer) => process.send?.(answer));
});
process.send?.('ready');
