/** A wall clock that can be set wrong. Imported before everything that keeps the clock for itself. */

const RealDate = Date;
let offsetMs = 0;

class SteppedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    if (given.length === 0) super(SteppedDate.now());
    else super(...given);
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }
}

globalThis.Date = SteppedDate as DateConstructor;

export function stepClock(toOffsetMs: number): void {
  offsetMs = toOffsetMs;
}
