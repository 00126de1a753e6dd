/** `NotifyObj`: what services want people to know (tars-contract §2.6). */

import { NotifyF } from '../../tars/framework/notify-f.ts';
import { servant, type Servant } from '../../tars/rpc/servant.ts';
import { notifyReport } from './rules/notify-report.ts';
import type { ServantContext } from './servant-context.ts';

export function notifyObject({
  gate,
  reporter,
}: Pick<ServantContext, 'gate' | 'reporter'>): Servant {
  return servant(NotifyF, {
    reportNotifyInfo({ info }, call) {
      const caller = gate.admit(call);
      if (caller === undefined) return {};
      const body = notifyReport(info, caller.name);
      reporter.notify(body.app === '' ? body.server : `${body.app}.${body.server}`, body);
      return {};
    },
  });
}
