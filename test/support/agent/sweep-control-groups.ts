/** Removes the control groups of an agent that was killed, once nothing runs in them. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { groupName, readMounts, removeGroups } from '../../../nodeagent/process/control-groups.ts';

export function sweepControlGroups(dataDir: string): void {
  const name = groupName(dataDir);
  for (const mount of readMounts()) {
    for (const base of [join(mount.path, name), join(mount.own, name)]) {
      if (!existsSync(base)) continue;
      const inner = readdirSync(base, { withFileTypes: true }).filter((entry) =>
        entry.isDirectory(),
      );
      removeGroups([...inner.map((entry) => join(base, entry.name)), base]);
    }
  }
}
