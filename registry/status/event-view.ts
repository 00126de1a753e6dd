/** The history with an id for every line, so that a reader can go on where it stopped. */

import type { RegistryState } from '../model.ts';
import type { EventResource } from './resources.ts';

const sequenceDigits = 16;

/** Oldest first. Events of one command are told apart by their place in it. */
export function eventViews({ events }: RegistryState): readonly EventResource[] {
  let sequence = -1;
  let place = 0;
  return events.map((event) => {
    place = event.sequence === sequence ? place + 1 : 0;
    sequence = event.sequence;
    const id = `${String(sequence).padStart(sequenceDigits, '0')}-${String(place).padStart(3, '0')}`;
    return { id, ...event };
  });
}
