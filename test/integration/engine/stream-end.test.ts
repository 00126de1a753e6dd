/** The end of a stream that is empty for one answer, and not any more for the next. */

import { jetstreamManager } from '@nats-io/jetstream';
import { describe, expect, test } from 'vitest';
import { NatsStream } from '../../../replica/drivers/jetstream/nats-stream.ts';
import { engineLab } from '../../support/engine/engine-lab.ts';
import { engineSkipped, obtainNatsServer } from '../../support/engine/obtain-nats-server.ts';

const binary = obtainNatsServer();

describe.skipIf(binary === undefined)(
  binary === undefined ? `the end of a stream (${engineSkipped})` : 'the end of a stream',
  () => {
    test('is not behind a message that came in while it was looked for', async () => {
      const lab = await engineLab(binary!, ['a']);
      const connection = await lab.client(await lab.start('a'));
      const options = { connection, name: 'busy', replicas: 1 };
      const start = { streamSequence: 0, id: '' };
      const manager = await jetstreamManager(connection);
      const other = new NatsStream(options, manager);
      await other.ensure();
      expect(await other.last()).toEqual(start);

      const { info } = manager.streams;
      manager.streams.info = async (...question) => {
        const answer = await info.apply(manager.streams, question);
        manager.streams.info = info;
        await other.publish(new Uint8Array([1]), { expectedLast: start, id: 'first' });
        return answer;
      };
      const stream = new NatsStream(options, manager);
      // Whoever took it for an empty stream that ends with number 1 would append behind it unread.
      expect(await stream.last()).toMatchObject({ streamSequence: 1, id: 'first' });
    });
  },
);
