/** A message, and how long until the next start. */

import type { TimeMs } from '../../model.ts';
import { formatDuration } from './format-time.ts';

export function withNextTry(
  { message, nextTryAt }: { readonly message: string; readonly nextTryAt?: TimeMs },
  now: TimeMs,
): string {
  if (nextTryAt === undefined) return message;
  const leftMs = nextTryAt - now;
  return `${message} Next try ${leftMs > 0 ? `in ${formatDuration(leftMs)}` : 'now'}.`;
}
