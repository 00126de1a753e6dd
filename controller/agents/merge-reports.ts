/** Makes one report of several that arrived while an earlier one was being written. */

import type { Report } from '../../link/messages/messages.ts';
import type { InstanceObserved } from '../../registry/model.ts';

/** What the last report would have said if it told everything that the others did. */
export function mergeReports(reports: readonly Report[]): Omit<Report, 'type'> {
  const instances = new Map<string, InstanceObserved>();
  const gone = new Set<string>();
  let full = false;
  for (const report of reports) {
    if (report.full) {
      full = true;
      instances.clear();
      gone.clear();
    }
    for (const observed of report.instances) {
      instances.set(observed.instance, observed);
      gone.delete(observed.instance);
    }
    for (const instance of report.gone) {
      instances.delete(instance);
      gone.add(instance);
    }
  }
  const number = reports.at(-1)?.number ?? 0;
  return { number, full, instances: [...instances.values()], gone: full ? [] : [...gone] };
}
