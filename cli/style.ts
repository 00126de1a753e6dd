/** Colours by meaning, so that commands never name a colour. */

import pc from 'picocolors';

type Paint = (text: string) => string;

export interface Style {
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
  readonly accent: Paint;
}

const same: Paint = (text) => text;

export const plainStyle: Style = {
  good: same,
  bad: same,
  warn: same,
  strong: same,
  faint: same,
  accent: same,
};

const colours = pc.createColors(true);

export const colourStyle: Style = {
  good: colours.green,
  bad: colours.red,
  warn: colours.yellow,
  strong: colours.bold,
  faint: colours.dim,
  accent: colours.cyan,
};
