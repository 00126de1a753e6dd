import { expect, test } from 'vitest';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { startReplica } from '../../../replica/core/log-replica.ts';
import { counterMachine } from '../../support/replica/counter-machine.ts';
import { MemoryLog } from '../../support/replica/memory-log.ts';

/** Its head can be asked for so many times; then the connection is gone. */
class FailingLog extends MemoryLog {
  subscribed = 0;
  #answers: number;

  constructor(answers: number) {
    super();
    this.#answers = answers;
  }

  override async head(): ReturnType<MemoryLog['head']> {
    this.#answers -= 1;
    if (this.#answers < 0) throw new TarsierError('LOG_IO_FAILED', 'no answer');
    return super.head();
  }

  override subscribe(listener: (sequence: number) => void): () => void {
    this.subscribed += 1;
    const unsubscribe = super.subscribe(listener);
    return () => {
      this.subscribed -= 1;
      unsubscribe();
    };
  }
}

const blobs = {
  put: () => Promise.reject(new Error('not expected')),
  get: () => Promise.reject(new Error('not expected')),
  has: async () => undefined,
  delete: async () => undefined,
  list: async () => [],
};
const ports = { newCommandId: () => 'id', wait: async () => undefined };

test('a start that fails leaves nothing behind that goes on reading the log', async () => {
  const log = new FailingLog(1);
  const options = { log, blobs, machine: counterMachine };
  await expect(startReplica(options, ports)).rejects.toThrow('no answer');
  expect(log.subscribed).toBe(0);
});

test('a start that succeeds listens until it is closed', async () => {
  const log = new FailingLog(2);
  const replica = await startReplica({ log, blobs, machine: counterMachine }, ports);
  expect(log.subscribed).toBe(1);
  await replica.close();
  expect(log.subscribed).toBe(0);
});
