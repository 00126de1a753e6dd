/** What counted calls say, by the rules of the TARS stat server (tars-contract §2.7). */

import type { CallCount } from '../report-bodies.ts';
import { boundedText } from './bounded-text.ts';
import { joinSet } from './join-set.ts';

/** TARS `StatMicMsgHead`. */
export interface StatHead {
  readonly masterName: string;
  readonly slaveName: string;
  readonly interfaceName: string;
  readonly masterIp: string;
  readonly slaveIp: string;
  readonly slavePort: number;
  readonly returnValue: number;
  readonly slaveSetName: string;
  readonly slaveSetArea: string;
  readonly slaveSetID: string;
  readonly tarsVersion: string;
}

/** TARS `StatMicMsgBody`. */
export interface StatBodyRequest {
  readonly count: number;
  readonly timeoutCount: number;
  readonly execCount: number;
  readonly intervalCount: ReadonlyMap<number, number>;
  readonly totalRspTime: bigint;
  readonly maxRspTime: number;
  readonly minRspTime: number;
}

const NAME_CHARACTERS_MAX = 256;
const INTERVALS_MAX = 64;

/** `undefined` for a count of no calls at all. `reporter`: its node or address, never what the head claims. */
export function callCount(
  head: StatHead,
  body: StatBodyRequest,
  from: { readonly reporter: string; readonly fromClient: boolean },
): CallCount | undefined {
  const successes = count(body.count);
  const timeouts = count(body.timeoutCount);
  const exceptions = count(body.execCount);
  if (successes + timeouts + exceptions === 0) return undefined;
  const caller = splitCaller(text(head.masterName));
  return {
    caller: caller.name,
    callerSet: caller.set,
    callerVersion: caller.version === '' ? text(head.tarsVersion) : caller.version,
    callerHost: from.fromClient ? from.reporter : text(head.masterIp),
    callee: text(head.slaveName),
    calleeSet: joinSet([head.slaveSetName, head.slaveSetArea, head.slaveSetID].map(text)),
    calleeHost: from.fromClient ? text(head.slaveIp) : from.reporter,
    calleePort: head.slavePort,
    functionName: text(head.interfaceName),
    returnValue: head.returnValue,
    successes,
    timeouts,
    exceptions,
    intervals: [...body.intervalCount]
      .slice(0, INTERVALS_MAX)
      .map(([boundMs, calls]) => [count(boundMs), count(calls)] as const)
      .toSorted(([left], [right]) => left - right),
    totalMs: wholeMs(body.totalRspTime),
    maxMs: count(body.maxRspTime),
    minMs: count(body.minRspTime),
  };
}

/** `App.Server[.<set>][@version]`. */
function splitCaller(masterName: string): { name: string; set: string; version: string } {
  const at = masterName.indexOf('@');
  const full = at < 0 ? masterName : masterName.slice(0, at);
  const version = at < 0 ? '' : masterName.slice(at + 1);
  const [app, server, ...rest] = full.split('.');
  if (app === undefined || server === undefined || rest.length === 0) {
    return { name: full, set: '', version };
  }
  return { name: `${app}.${server}`, set: rest.join('.'), version };
}

function text(value: string): string {
  return boundedText(value, NAME_CHARACTERS_MAX);
}

/** Counts and durations below zero are nonsense. */
function count(value: number): number {
  return Math.max(0, value);
}

function wholeMs(value: bigint): number {
  if (value < 0n) return 0;
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
