/** Colours for faults; `tarsctl` passes its own. */

type Paint = (text: string) => string;

export interface FaultStyle {
  readonly bad: Paint;
  readonly warn: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
  readonly accent: Paint;
}

const same: Paint = (text) => text;

export const plainFaultStyle: FaultStyle = {
  bad: same,
  warn: same,
  strong: same,
  faint: same,
  accent: same,
};
