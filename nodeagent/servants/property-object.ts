/** `PropertyObj`: figures that services measure of themselves (tars-contract §2.8). */

import { PropertyF } from '../../tars/framework/property-f.ts';
import { servant, type Servant } from '../../tars/rpc/servant.ts';
import { propertyValue } from './rules/property-report.ts';
import type { ServantContext } from './servant-context.ts';

/** Of one call. */
const ROWS_MAX = 5_000;

export function propertyObject({
  gate,
  complaints,
  reporter,
}: Pick<ServantContext, 'gate' | 'complaints' | 'reporter'>): Servant {
  return servant(PropertyF, {
    reportPropMsg({ statmsg }, call) {
      const caller = gate.admit(call);
      if (caller === undefined) return { ret: -1 };
      const properties = [...statmsg]
        .slice(0, ROWS_MAX)
        .map(([head, body]) => propertyValue(head, body, caller.name));
      const source = properties[0]?.module ?? '';
      const dropped = statmsg.size - ROWS_MAX;
      if (dropped > 0) {
        complaints.add('SERVANT_REPORT_CUT', 'report cut', { kind: 'property', source, dropped });
      }
      reporter.property(source, { properties });
      return { ret: 0 };
    },
  });
}
