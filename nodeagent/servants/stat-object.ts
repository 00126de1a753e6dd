/** `StatObj`: counts of the calls between services (tars-contract §2.7). */

import { StatF } from '../../tars/framework/stat-f.ts';
import { servant, type Servant } from '../../tars/rpc/servant.ts';
import { callCount } from './rules/stat-report.ts';
import type { ServantContext } from './servant-context.ts';

/** Of one call. */
const ROWS_MAX = 5_000;

export function statObject({
  gate,
  complaints,
  reporter,
}: Pick<ServantContext, 'gate' | 'complaints' | 'reporter'>): Servant {
  return servant(StatF, {
    reportMicMsg({ msg, bFromClient: fromClient }, call) {
      const caller = gate.admit(call);
      if (caller === undefined) return { ret: -1 };
      const from = { reporter: caller.name, fromClient };
      const calls = [...msg]
        .slice(0, ROWS_MAX)
        .flatMap(([head, body]) => callCount(head, body, from) ?? []);
      const [first] = calls;
      if (first === undefined) return { ret: 0 };
      const source = fromClient ? first.caller : first.callee;
      const dropped = msg.size - ROWS_MAX;
      if (dropped > 0) {
        complaints.add('SERVANT_REPORT_CUT', 'report cut', { kind: 'stat', source, dropped });
      }
      reporter.stat(source, { fromClient, calls });
      return { ret: 0 };
    },
    // No library sends samples any more.
    reportSampleMsg: (_parameters, call) => ({ ret: gate.admit(call) === undefined ? -1 : 0 }),
  });
}
