/** The JSON Schemas of what services report. */

import {
  count,
  described,
  named,
  object,
  oneOf,
  text,
  time,
  type JsonSchema,
} from './schema-parts.ts';

const notification = named(
  'Notification',
  'What a service, or its library, wants people to know.',
  object(
    {
      id: text,
      at: time,
      service: text,
      node: text,
      level: oneOf('normal', 'warn', 'error', 'alarm'),
      message: text,
    },
    { thread: text },
  ),
);

const report = named(
  'Report',
  'How much a service reported.',
  object({
    kind: oneOf('stat', 'property', 'notify', 'log', 'dropped', 'refused'),
    source: described('The service; for what was dropped, the node whose disk had no room.', text),
    entries: count,
    bytes: count,
    lastAt: time,
  }),
);

const commandResult = named(
  'CommandResult',
  'What one instance made of a command.',
  object(
    { instance: text, ok: { type: 'boolean' }, text },
    { code: described('Error code, when it was not the service that refused.', text) },
  ),
);

export const collectedSchemas: readonly JsonSchema[] = [notification, report, commandResult];
