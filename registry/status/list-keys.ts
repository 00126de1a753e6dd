/** What identifies an item in its list: watchers are told by it what is gone. */

import { endpointKey } from './endpoint-view.ts';
import type { ListName, ListedResources } from './resources.ts';

export const listKeys: {
  readonly [Name in ListName]: (item: ListedResources[Name]) => string;
} = {
  nodes: ({ name }) => name,
  services: ({ scope }) => scope,
  instances: ({ id }) => id,
  endpoints: endpointKey,
  rollouts: ({ scope }) => scope,
  revisions: ({ scope }) => scope,
  packages: (item) => `${item.package}@${item.version}`,
  events: ({ id }) => id,
  faults: ({ path, line = 0, column = 0, code, message }) =>
    [path, padded(line), padded(column), code, message].join(':'),
  problems: ({ severity, subject, reason }) =>
    [severity, subject.kind, subject.name, reason].join(' '),
  notifications: ({ id }) => id,
  reports: ({ kind, source }) => `${kind} ${source}`,
};

/** So that the order of keys is the order in the file. */
function padded(place: number): string {
  return String(place).padStart(7, '0');
}
