/** Where an agent offers the framework to the services next to it: one address, kept over restarts. */

import { isInTheWay, listeningSockets } from '../process/port-owner.ts';
import type { PortBook, PortRange } from './port-book.ts';
import { spread } from './spread.ts';

export interface ServantsWish {
  readonly host: string;
  /** `auto`: another one for each agent of a machine. */
  readonly port: number | 'auto';
}

/** No instance is called like this: its name has an `@`. */
const owner = 'agent';
const servant = 'servants';
/** The port that services were told stays, also when the range of the node has moved on. */
const anyPort: PortRange = { from: 1024, to: 65_535 };

export function chooseServantsPort(
  wish: ServantsWish,
  book: PortBook,
  range: PortRange,
): { readonly host: string; readonly port: number } {
  const { host, port } = wish;
  if (port !== 'auto') return { host, port };
  const inTheWay = listeningSockets().filter((socket) => isInTheWay(socket, host));
  const avoid = new Set(inTheWay.map((socket) => socket.port));
  const isKept = book.has(owner, servant);
  return {
    host,
    port: book.choose({
      instance: owner,
      servant,
      range: isKept ? anyPort : range,
      avoid,
      startAt: spread(book.path),
    }),
  };
}
