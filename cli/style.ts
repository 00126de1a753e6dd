/** The colours of a terminal, by meaning, so that commands never name a colour. */

import pc from 'picocolors';
import { plainTextStyle, type TextStyle } from '../spec/wording/text-style.ts';

const colours = pc.createColors(true);

const colourStyle: TextStyle = {
  good: colours.green,
  bad: colours.red,
  warn: colours.yellow,
  strong: colours.bold,
  faint: colours.dim,
  accent: colours.cyan,
};

/** Colours on a terminal, unless `NO_COLOR` (or `--no-color`, which sets it) says otherwise. */
export function styleFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): TextStyle {
  const isRefused = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  return stream.isTTY === true && !isRefused ? colourStyle : plainTextStyle;
}
