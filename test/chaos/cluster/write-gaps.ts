/** How long nobody could write: the longest time between two acknowledgements, by what happened. */

import type { ChaosMember } from './chaos-member.ts';

/** Of the members together, between two moments of the machine's clock. */
export function longestGapMs(
  members: readonly ChaosMember[],
  fromMs: number,
  toMs: number,
): number {
  const heard = members
    .flatMap((member) => member.acknowledged.all.map(({ heardMs }) => heardMs))
    .filter((heardMs) => heardMs >= fromMs && heardMs <= toMs)
    .toSorted((a, b) => a - b);
  let longest = 0;
  let before = fromMs;
  for (const heardMs of [...heard, toMs]) {
    longest = Math.max(longest, heardMs - before);
    before = heardMs;
  }
  return longest;
}

export class WriteGaps {
  readonly #byKind = new Map<string, number[]>();

  note(kind: string, gapMs: number): void {
    this.#byKind.set(kind, [...(this.#byKind.get(kind) ?? []), gapMs]);
  }

  table(): string {
    const rows = [...this.#byKind].map(([kind, gaps]) => {
      const seconds = gaps.toSorted((a, b) => a - b).map((gap) => (gap / 1_000).toFixed(2));
      return `  ${kind}: ${seconds.join(' ')} s`;
    });
    return ['no write was acknowledged for (each time, sorted):', ...rows].join('\n');
  }
}
