/**
 * The thread that owns the SQLite file of one log: node:sqlite is synchronous, and a sync that waits
 * for the disk must not hold up the event loop of the controller. docs/replica.md has the figures.
 */

import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../../errors/assert.ts';
import { toPlainError, unpackAppends, type LogCall, type LogReply } from './log-messages.ts';
import type { LogStart } from './log-start.ts';
import { LogStore } from './log-store.ts';
import { logFault } from './sqlite-faults.ts';

const { directory, startAt } = workerData as {
  readonly directory: string;
  readonly startAt?: LogStart;
};
const port = parentPort;
assert(port !== null, 'the log thread was not started as a thread');

function answer(store: LogStore, call: LogCall): unknown {
  switch (call.kind) {
    case 'append':
      return store.append(unpackAppends(call.appends));
    case 'read':
      return store.read(call.from, call.limit);
    case 'head':
      return store.head();
    case 'trim':
      return store.trim(call.before, call.limit);
    case 'close':
      return store.close();
  }
}

function serve(store: LogStore): void {
  port?.on('message', ({ id, call }: { readonly id: number; readonly call: LogCall }) => {
    let reply: LogReply;
    try {
      reply = { id, value: answer(store, call) };
    } catch (error) {
      const fault = logFault(error, join(directory, 'log.db'), call.kind);
      reply = { id, error: toPlainError(fault) };
    }
    port.postMessage(reply);
    if (call.kind === 'close') port.close();
  });
}

try {
  serve(new LogStore(directory, startAt));
  port.postMessage({ id: 0, value: undefined } satisfies LogReply);
} catch (error) {
  port.postMessage({ id: 0, error: toPlainError(error) } satisfies LogReply);
  port.close();
}
