/** The answer of a process that was asked for an object which it offers itself. */

import { noGroup } from './group-rules.ts';
import type { LookupAnswer } from './lookup-model.ts';

const TIMEOUT_MS = 60_000;

/** `node` is empty for a process that runs on none. */
export function ownAnswer(host: string, port: number, node: string): LookupAnswer {
  const endpoint = {
    instance: '',
    node,
    host,
    port,
    timeoutMs: TIMEOUT_MS,
    transport: 'tcp',
    weight: 100,
    weighted: false,
    authenticated: false,
    grouped: false,
    groupWorkId: noGroup,
    groupRealId: noGroup,
    active: true,
  } as const;
  return { ret: 0, active: [endpoint], inactive: [] };
}
