/** The TARS codec against `@tars/stream`, in one process, turn by turn. */

import { decodeFields, decodeStruct } from '../tars/codec/decode.ts';
import { encodeFields, encodeStruct } from '../tars/codec/encode.ts';
import { t } from '../tars/codec/types.ts';
import { RequestPacket } from '../tars/framework/packets.ts';
import {
  StatMicMsgBody,
  StatMicMsgHead,
  type StatMicMsgBody as Body,
  type StatMicMsgHead as Head,
} from '../tars/framework/stat-f.ts';
import {
  invoke,
  generated,
  published,
  publishedBytes,
  publishedReader,
  readGenerated,
  writeGenerated,
} from '../test/support/tars/published-codec.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';

const rounds = 41;
const roundMs = 12;
const warmUpCalls = 2_000;
const packetCount = 64;
const statEntries = 100;
const ratioMin = 2;

interface Case {
  readonly name: string;
  /** Each call does the work once, on the next of several inputs. */
  readonly ours: () => unknown;
  readonly theirs: () => unknown;
}

function requests(): readonly RequestPacket[] {
  return Array.from({ length: packetCount }, (_, index) => ({
    iVersion: 1,
    cPacketType: 0,
    iMessageType: 0,
    iRequestId: 100_000 + index,
    sServantName: `Shop.CartServer${index}.CartObj`,
    sFuncName: `addItem${index}`,
    sBuffer: Uint8Array.from({ length: 64 }, (_unused, at) => (at * 7 + index) & 0xff),
    iTimeout: 3_000,
    context: new Map([
      ['node_name', `10.0.0.${index}`],
      ['user', `customer-${index}`],
    ]),
    status: new Map(),
  }));
}

function stats(): ReadonlyMap<Head, Body> {
  return new Map(
    Array.from({ length: statEntries }, (_, index) => [
      {
        masterName: `Shop.WebServer${index}@3.0.22`,
        slaveName: 'Shop.CartServer.CartObj',
        interfaceName: `function${index}`,
        masterIp: `10.0.0.${index}`,
        slaveIp: '10.0.1.17',
        slavePort: 20_000 + index,
        returnValue: 0,
        slaveSetName: '',
        slaveSetArea: '',
        slaveSetID: '',
        tarsVersion: '3.0.22',
      },
      {
        count: 1_000 + index,
        timeoutCount: 0,
        execCount: index,
        intervalCount: new Map([5, 10, 50, 100, 200, 500].map((bound) => [bound, bound * 3])),
        totalRspTime: 40_000n + BigInt(index),
        maxRspTime: 300,
        minRspTime: 1,
      },
    ]),
  );
}

function theirMap(key: unknown, value: unknown, entries: Iterable<readonly [unknown, unknown]>) {
  const map = published.Map(key, value);
  for (const [name, item] of entries) map.insert(name, item);
  return map;
}

function theirRequest(packet: RequestPacket) {
  const { String: text } = published;
  const buffer = new published.BinBuffer(Buffer.from(packet.sBuffer));
  const context = theirMap(text, text, packet.context);
  const status = theirMap(text, text, packet.status);
  return Object.assign(new generated.RequestPacket(), packet, { sBuffer: buffer, context, status });
}

function theirStats(entries: ReadonlyMap<Head, Body>) {
  const { Int32 } = published;
  const theirs = Array.from(entries, ([head, body]) => {
    const intervalCount = theirMap(Int32, Int32, body.intervalCount);
    const totalRspTime = Number(body.totalRspTime);
    return [
      Object.assign(new generated.StatMicMsgHead(), head),
      Object.assign(new generated.StatMicMsgBody(), body, { intervalCount, totalRspTime }),
    ] as const;
  });
  return theirMap(generated.StatMicMsgHead, generated.StatMicMsgBody, theirs);
}

function inTurn<Input>(inputs: readonly Input[], work: (input: Input) => unknown): () => unknown {
  let turn = 0;
  return () => work(inputs[turn++ % inputs.length] as Input);
}

function requestCases(): readonly Case[] {
  const packets = requests();
  const theirPackets = packets.map(theirRequest);
  const encoded = packets.map((packet) => Buffer.from(encodeStruct(RequestPacket, packet)));
  return [
    {
      name: 'encode RequestPacket',
      ours: inTurn(packets, (packet) => encodeStruct(RequestPacket, packet)),
      theirs: inTurn(theirPackets, writeGenerated),
    },
    {
      name: 'decode RequestPacket',
      ours: inTurn(encoded, (bytes) => decodeStruct(RequestPacket, bytes)),
      theirs: inTurn(encoded, (bytes) => readGenerated(generated.RequestPacket, bytes)),
    },
  ];
}

function statCases(): readonly Case[] {
  const type = t.map(StatMicMsgHead, StatMicMsgBody);
  const fields = { msg: [1, type] } as const;
  const entries = stats();
  const theirs = theirStats(entries);
  const encoded = Buffer.from(encodeFields([[1, type, entries]]));
  const theirType = published.Map(generated.StatMicMsgHead, generated.StatMicMsgBody);
  return [
    {
      name: `encode StatMicMsg of ${statEntries}`,
      ours: () => encodeFields([[1, type, entries]]),
      theirs: () => publishedBytes((stream) => invoke(stream, 'writeMap', 1, theirs)),
    },
    {
      name: `decode StatMicMsg of ${statEntries}`,
      ours: () => decodeFields(fields, encoded),
      theirs: () => invoke(publishedReader(encoded), 'readMap', 1, true, theirType),
    },
  ];
}

/** Microseconds for one call, over so many calls. */
function timed(work: () => unknown, calls: number): number {
  const began = performance.now();
  for (let call = 0; call < calls; call += 1) work();
  return ((performance.now() - began) * 1_000) / calls;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The ratio is the median of the ratios of neighbouring turns: a busy machine slows both alike. */
function measure({ name, ours, theirs }: Case): readonly BenchmarkResult[] {
  let calls = 16;
  while (timed(theirs, calls) * calls < roundMs * 1_000) calls *= 2;
  timed(ours, calls);
  const turns = Array.from({ length: rounds }, () => {
    const our = timed(ours, calls);
    return { our, their: timed(theirs, calls) };
  });
  const ratio = median(turns.map(({ our, their }) => their / our));
  return [
    { name, value: median(turns.map(({ our }) => our)), unit: 'us', ok: true },
    {
      name: `${name}, @tars/stream`,
      value: median(turns.map(({ their }) => their)),
      unit: 'us',
      ok: true,
    },
    {
      name: `${name}, times faster`,
      value: ratio,
      unit: 'x',
      bar: ratioMin,
      ok: ratio >= ratioMin,
    },
  ];
}

export const benchmark: Benchmark = async () => {
  const cases = [...requestCases(), ...statCases()];
  // All of them first, so that none is measured while the engine knows a single type alone.
  for (const { ours, theirs } of cases) {
    timed(ours, warmUpCalls);
    timed(theirs, warmUpCalls);
  }
  return cases.flatMap(measure);
};
