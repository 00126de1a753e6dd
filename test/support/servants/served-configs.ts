/** Configuration files of the services on a node, as tests give them. */

import type { ServedConfigs } from '../../../nodeagent/servants/rules/config-answers.ts';
import type { ServedFile } from '../../../spec/desired-state.ts';

export function servedConfigs(
  byService: Readonly<Record<string, readonly ServedFile[]>>,
): ServedConfigs {
  const known = new Map(Object.entries(byService));
  return {
    of(service) {
      const files = known.get(service);
      return files === undefined ? undefined : { files };
    },
    services: () => known.keys(),
  };
}
