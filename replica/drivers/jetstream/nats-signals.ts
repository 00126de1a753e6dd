/** Signals over a NATS connection. */

import type { NatsConnection } from '@nats-io/transport-node';
import type { Signals } from '../../core/signals.ts';

/** `prefix` keeps clusters apart that share servers. */
export function natsSignals(connection: NatsConnection, prefix: string): Signals {
  return {
    publish(subject, payload) {
      if (connection.isClosed()) return;
      connection.publish(`${prefix}.${subject}`, payload);
    },
    subscribe(subject, listener) {
      const subscription = connection.subscribe(`${prefix}.${subject}`, {
        callback: (error, message) => {
          if (error === null) listener(message.data);
        },
      });
      return () => subscription.unsubscribe();
    },
  };
}
