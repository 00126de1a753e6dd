/** Puts short statements together to what people read. */

import type { TimeMs } from '../../model.ts';
import { formatAge, formatDuration } from './format-time.ts';

/** A message, and how long until the next start. */
export function withNextTry(
  { message, nextTryAt }: { readonly message: string; readonly nextTryAt?: TimeMs },
  now: TimeMs,
): string {
  if (nextTryAt === undefined) return message;
  const leftMs = nextTryAt - now;
  return `${asSentence(message)} Next try ${leftMs > 0 ? `in ${formatDuration(leftMs)}` : 'now'}.`;
}

/** Messages of agents and programs may end in any way. */
export function asSentence(text: string): string {
  return /[.!?…]$/.test(text) || text === '' ? text : `${text}.`;
}

/** ` since 3m`, ` just now`, or nothing. */
export function sinceText(since: TimeMs | undefined, now: TimeMs): string {
  if (since === undefined) return '';
  const age = formatAge(since, now);
  return age === 'now' ? ' just now' : ` since ${age}`;
}
