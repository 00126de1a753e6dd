/**
 * Chooses nodes so that a change of the fleet moves as few instances as can be: each pair of
 * service and node has a fixed score, and the highest ones win (rendezvous hashing). The choice
 * depends on the repository alone, so whoever holds the commit computes the same placement.
 */

export interface Candidate {
  readonly name: string;
  readonly dataCenter: string;
  /** The same for all nodes of one machine. */
  readonly machine: string;
}

/**
 * The `count` best of the candidates, fewer when there are not enough. With `spread`, at most one
 * on each machine. One candidate more or less replaces at most one of the chosen.
 */
export function chooseNodes(
  service: string,
  candidates: readonly Candidate[],
  count: number,
  spread: boolean,
): readonly Candidate[] {
  if (!spread && count >= candidates.length) return candidates;
  const seed = hashText(service);
  const ranked = candidates
    .map((candidate) => ({ candidate, score: mix(seed ^ hashText(candidate.name)) }))
    .toSorted(byScore);
  if (!spread) return ranked.slice(0, count).map(({ candidate }) => candidate);
  const machines = new Set<string>();
  const chosen: Candidate[] = [];
  for (const { candidate } of ranked) {
    if (chosen.length === count) break;
    if (machines.has(candidate.machine)) continue;
    machines.add(candidate.machine);
    chosen.push(candidate);
  }
  return chosen;
}

interface Scored {
  readonly candidate: Candidate;
  readonly score: number;
}

function byScore(left: Scored, right: Scored): number {
  return right.score - left.score || (left.candidate.name < right.candidate.name ? -1 : 1);
}

/** FNV-1a over UTF-16 code units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

/** The finalizer of MurmurHash3: every bit of the input changes half of the output. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
