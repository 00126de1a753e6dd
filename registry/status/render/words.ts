/** The short forms that every view uses: commits, packages, digests, ages. */

import type { TimeMs } from '../../model.ts';
import { formatAge, formatUtc } from './format-time.ts';
import type { RenderOptions } from './style.ts';

export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

/** `Ann` of `Ann <ann@example.com>`. */
export function personName(author: string): string {
  return author.replace(/\s*<.*$/, '') || author;
}

/** `77c0…` without the algorithm. */
export function shortDigest(digest: string): string {
  return `${digest.replace(/^sha256:/, '').slice(0, 4)}…`;
}

/** `1.4.2 (77c0…)`. */
export function packageText(version: string | undefined, digest: string | undefined): string {
  if (version === undefined) return '-';
  return digest === undefined ? version : `${version} (${shortDigest(digest)})`;
}

/** An age, or with `wide` the moment itself. */
export function timeText(at: TimeMs | undefined, { now, wide }: RenderOptions): string {
  if (at === undefined) return '-';
  return wide === true ? formatUtc(at) : formatAge(at, now);
}
