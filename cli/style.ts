/** The colours of a terminal, by meaning, so that commands never name a colour. */

import pc from 'picocolors';
import type { TextStyle } from '../spec/wording/text-style.ts';

const colours = pc.createColors(true);

export const colourStyle: TextStyle = {
  good: colours.green,
  bad: colours.red,
  warn: colours.yellow,
  strong: colours.bold,
  faint: colours.dim,
  accent: colours.cyan,
};
