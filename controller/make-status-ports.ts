/** Everything that the status API shows, from the parts that know it. */

import type { MembersResource } from '../registry/status/member-resources.ts';
import type { AgentLinks } from './agents/agent-links.ts';
import type { StatusPorts } from './api/status-ports.ts';
import type { SilentController } from '../registry/status/status-input.ts';
import type { Cluster } from './cluster/open-cluster.ts';
import { membersView } from './cluster/members-view.ts';
import { openRemoteAgents } from './cluster/remote-agents.ts';
import type { Parts } from './main.ts';
import { pollMsDefault } from './source/source-settings.ts';

/** Longer than a restart of a process takes. */
const SILENT_MS_MAX = 10_000;

export function makeStatusPorts(parts: Parts & { readonly links: AgentLinks }): StatusPorts {
  const { options, stores, patch, pipeline, rollouts, links, collected, cluster } = parts;
  const { registry } = stores;
  const startedAt = Date.now();
  const agents =
    cluster === undefined
      ? links
      : openRemoteAgents({
          file: cluster.file,
          local: links,
          state: () => registry.state,
          isLive: (name) => cluster.members.live.has(name),
        });
  return {
    registry,
    controller: {
      version: options.version,
      startedAt,
      ...(cluster === undefined ? {} : { name: cluster.file.member }),
    },
    packages: patch.packages,
    agents,
    collected,
    members: async () =>
      cluster === undefined
        ? onlyMember(parts, startedAt)
        : membersView({ ...cluster, logs: cluster.stores.logs }),
    ...(cluster === undefined ? {} : { silentControllers: () => silentControllers(cluster) }),
    source: () => ({
      ...pipeline.source.status,
      // A repository that answers may still hold a commit that cannot be taken over.
      problem: pipeline.source.status.problem ?? pipeline.reconciler.problem,
      pollMs: options.source.pollMs ?? pollMsDefault,
    }),
    faults: () => pipeline.faults.current,
    rolloutOf: (scope) => rollouts.statusOf(scope),
    endRebuild: async () =>
      (await registry.propose({ type: 'end-rebuild', at: Date.now(), why: 'operator' })).result,
    now: Date.now,
    notReady: () =>
      pipeline.source.status.lastLookAt === undefined && registry.state.source === undefined
        ? ['the repository was not read yet']
        : [],
  };
}

function silentControllers({ file, members }: Cluster): readonly SilentController[] {
  const heard = new Map(members.heard.map((member) => [member.name, member.silentMs]));
  return file.members.flatMap(({ name }) => {
    const silentMs = heard.get(name);
    if (silentMs === undefined) return [{ name }];
    return silentMs > SILENT_MS_MAX ? [{ name, heardAt: Date.now() - silentMs }] : [];
  });
}

function onlyMember(
  { options, stores, links }: Parts & { readonly links: AgentLinks },
  startedAt: number,
): MembersResource {
  const { registry, patch } = stores;
  const applied = { registry: registry.sequence, patch: patch.sequence };
  const { version } = options;
  return {
    items: [
      {
        name: 'controller',
        role: 'leader',
        version,
        startedAt,
        agents: links.connected,
        applied,
        silentMs: 0,
      },
    ],
    engine: { engine: 'embedded', spare: 0, logs: [], problems: [] },
  };
}
