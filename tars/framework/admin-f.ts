/** What a service offers to the agent next to it, as `AdminObj` (tars-contract §3.1). */

import { defineInterface, param } from '../codec/interface.ts';
import { t } from '../codec/types.ts';

export const AdminF = defineInterface('AdminF', {
  /** Sent one-way. */
  shutdown: { in: {}, out: {} },
  notify: { in: { command: param(1, t.string) }, out: {}, returns: t.string },
  /** C++ alone knows it; the others answer -3 or 1. */
  getPid: { in: {}, out: {}, returns: t.int64 },
});
