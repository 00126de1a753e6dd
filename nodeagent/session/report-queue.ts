/** Collects what changed until it is sent; pure, so that loss and repetition can be tested. */

import type { Report } from '../../link/messages/messages.ts';
import type { InstanceObserved } from '../../registry/model.ts';

/**
 * One connection: the first report is full, later ones hold the changes since. A report that is not
 * acknowledged when the connection ends needs no repetition: the next connection begins in full.
 */
export class ReportQueue {
  readonly #changed = new Map<string, InstanceObserved>();
  readonly #gone = new Set<string>();
  #number = 0;
  #needsFull = true;

  /** A new connection knows nothing of this node. */
  reset(): void {
    this.#changed.clear();
    this.#gone.clear();
    this.#number = 0;
    this.#needsFull = true;
  }

  changed(observed: InstanceObserved): void {
    this.#gone.delete(observed.instance);
    this.#changed.set(observed.instance, observed);
  }

  gone(instance: string): void {
    this.#changed.delete(instance);
    this.#gone.add(instance);
  }

  /** What to send next, or nothing. It counts as sent only once `sent` is called. */
  next(all: () => readonly InstanceObserved[]): Report | undefined {
    const number = this.#number + 1;
    if (this.#needsFull) return { type: 'report', number, full: true, instances: all(), gone: [] };
    if (this.#changed.size === 0 && this.#gone.size === 0) return undefined;
    const instances = [...this.#changed.values()];
    return { type: 'report', number, full: false, instances, gone: [...this.#gone] };
  }

  sent(report: Report): void {
    this.#number = report.number;
    this.#needsFull = false;
    this.#changed.clear();
    this.#gone.clear();
  }
}
