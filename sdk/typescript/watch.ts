/** Server-sent events of a watch: parsed, resumed after a break, begun anew when the gap is too long. */

import type { TimeMs } from '../../registry/model.ts';
import type { HttpReader, Query } from './http.ts';
import { Backoff, type RetryOptions } from './retry.ts';

/** `sync`: all items, in pieces from `first` to `last`; what was known before is void. */
export type WatchEvent<Item> =
  | {
      readonly type: 'sync';
      readonly revision: number;
      readonly asOf: TimeMs;
      readonly items: readonly Item[];
      readonly first: boolean;
      readonly last: boolean;
    }
  | {
      readonly type: 'change';
      readonly revision: number;
      readonly asOf: TimeMs;
      readonly items: readonly Item[];
      /** Keys of items that are gone or do not fit the filters any more. */
      readonly removed: readonly string[];
    };

/** The controller says something every 15 s; three times that without a byte is a broken line. */
const quietMs = 45_000;

export async function* watchResource<Item>(
  http: HttpReader,
  path: string,
  options: RetryOptions & { readonly query: Query },
): AsyncGenerator<WatchEvent<Item>, void, undefined> {
  const backoff = new Backoff(options);
  let lastEventId: string | undefined;
  for (;;) {
    let failure: unknown;
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      };
      const lines = http.readLines(
        path,
        { ...options.query, watch: true },
        { headers, signal: options.signal, quietMs },
      );
      for await (const event of parseEvents(lines)) {
        backoff.reset();
        lastEventId = event.id ?? lastEventId;
        yield { type: event.name, ...(JSON.parse(event.data) as object) } as WatchEvent<Item>;
      }
    } catch (error) {
      failure = error;
    }
    if (!(await backoff.pause(failure))) return;
  }
}

interface RawEvent {
  readonly id: string | undefined;
  readonly name: string;
  readonly data: string;
}

/** As in the HTML standard, without `retry` and without carriage returns, which are never sent. */
async function* parseEvents(lines: AsyncIterable<string>): AsyncGenerator<RawEvent> {
  let id: string | undefined;
  let name = 'message';
  let data: string[] = [];
  for await (const line of lines) {
    if (line === '') {
      if (data.length > 0) yield { id, name, data: data.join('\n') };
      id = undefined;
      name = 'message';
      data = [];
    } else if (line.startsWith('id: ')) id = line.slice(4);
    else if (line.startsWith('event: ')) name = line.slice(7);
    else if (line.startsWith('data: ')) data.push(line.slice(6));
  }
}
