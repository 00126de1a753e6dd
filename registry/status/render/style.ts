/** How views are written: the options of every rendering, and the colours of state words. */

import type { TextStyle } from '../../../spec/wording/text-style.ts';
import type { TimeMs } from '../../model.ts';

export interface RenderOptions {
  readonly style: TextStyle;
  /** The clock of the controller that answered; ages are counted from here. */
  readonly now: TimeMs;
  /** More columns, and absolute times instead of ages. */
  readonly wide?: boolean;
  /** Git could not be looked at lately: what is in sync may not be so any more. */
  readonly sourceIsOld?: boolean;
}

const goodWords = new Set([
  'Synced',
  'Healthy',
  'Complete',
  'Alive',
  'Fresh',
  'running',
  'updated',
]);
const badWords = new Set([
  'Down',
  'Lost',
  'Unhealthy',
  'Stalled',
  'Frozen',
  'failed',
  'error',
  'backoff',
]);
const faintWords = new Set(['off', 'Stopped', 'stopped', '-', 'info']);

/** Colour of a state word: good, bad, without meaning; everything else asks for attention. */
export function paintState(word: string, style: TextStyle): string {
  if (goodWords.has(word)) return style.good(word);
  if (badWords.has(word)) return style.bad(word);
  return faintWords.has(word) ? style.faint(word) : style.warn(word);
}
