/** `NotifyObj`: what services want people to know (tars-contract §2.6). */

import { NotifyF } from '../../tars/framework/notify-f.ts';
import { servant, type Servant, type ServantCall } from '../../tars/rpc/servant.ts';
import { notifyReport, type NotifyRequest } from './rules/notify-report.ts';
import type { ServantContext } from './servant-context.ts';

/** What the older functions do not say. */
const unsaid = { sApp: '', sSet: '', sThreadId: '', eLevel: 0, sNodeName: '' } as const;

export function notifyObject({
  gate,
  reporter,
}: Pick<ServantContext, 'gate' | 'reporter'>): Servant {
  const take = (info: NotifyRequest, call: ServantCall): Record<never, never> => {
    const caller = gate.admit(call);
    if (caller === undefined) return {};
    const body = notifyReport(info, caller.name);
    reporter.notify(body.app === '' ? body.server : `${body.app}.${body.server}`, body);
    return {};
  };
  return servant(NotifyF, {
    reportNotifyInfo: ({ info }, call) => take(info, call),
    reportServer: ({ sServerName: sServer, sThreadId, sMessage }, call) =>
      take({ ...unsaid, eType: 0, sServer, sThreadId, sMessage }, call),
    notifyServer: ({ sServerName: sServer, level: eLevel, sMessage }, call) =>
      take({ ...unsaid, eType: 1, sServer, eLevel, sMessage }, call),
  });
}
