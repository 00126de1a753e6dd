/** Colours by meaning: the same text is written with them in a terminal and without them elsewhere. */

export type Paint = (text: string) => string;

export interface TextStyle {
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
  readonly accent: Paint;
}

const same: Paint = (text) => text;

export const plainTextStyle: TextStyle = {
  good: same,
  bad: same,
  warn: same,
  strong: same,
  faint: same,
  accent: same,
};
