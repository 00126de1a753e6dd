/** Warns about Configs of applications that have no service, or no instance in a SET. */

import type { Fault } from '../fault.ts';
import { unusedFault } from './check-unused-configs.ts';
import type { KnownServices } from './known-services.ts';
import type { PlacedSets } from './placed-sets.ts';
import type { RepositoryIndex } from './repository-index.ts';
import type { ConfigStage } from './resolve-configs.ts';

export interface UnusedAppConfigs {
  readonly seen: Seen;
  readonly faults: readonly Fault[];
}

interface Seen {
  readonly configs: ConfigStage;
  /** Names of all services, sound or broken. */
  readonly services: ReadonlySet<string>;
  /** Undefined when a service cannot be read, which may be in any of them. */
  readonly sets: ReadonlySet<string> | undefined;
  /** Anything may be missing. */
  readonly isUnreadable: boolean;
}

interface Input {
  readonly index: RepositoryIndex;
  readonly configs: ConfigStage;
  readonly services: KnownServices;
  readonly placed: PlacedSets;
}

export function findUnusedAppConfigs(
  { index, configs, services, placed }: Input,
  previous: UnusedAppConfigs | undefined,
): UnusedAppConfigs {
  const seen: Seen = {
    configs,
    services: services.names,
    sets: placed.seen.trouble === undefined ? placed.sets : undefined,
    isUnreadable: index.trouble.unreadableHold !== undefined,
  };
  if (previous !== undefined && isSame(previous.seen, seen)) return previous;
  return { seen, faults: seen.isUnreadable ? [] : check(seen) };
}

function isSame(before: Seen, now: Seen): boolean {
  return (
    before.configs === now.configs &&
    before.services === now.services &&
    before.sets === now.sets &&
    before.isUnreadable === now.isUnreadable
  );
}

function check({ configs, services, sets }: Seen): readonly Fault[] {
  if (configs.ofApps.length === 0) return [];
  const apps = new Set([...services].map((name) => name.split('.', 1)[0]));
  const faults: Fault[] = [];
  for (const { object, outcome } of configs.ofApps) {
    const { app = '', set } = object.value.spec.scope;
    if (!outcome.ok || configs.references.referenced.has(object.name)) continue;
    if (!apps.has(app)) {
      faults.push(unusedFault(object, '/spec/scope/app', `application ${app} has no services`));
    } else if (set !== undefined && sets?.has(`${app} ${set}`) === false) {
      const message = `no service of application ${app} is placed in SET ${set}`;
      faults.push(unusedFault(object, '/spec/scope/set', message));
    }
  }
  return faults;
}
