/** Several controllers over one log in this process: registry, leadership, rollouts and link of each. */

import { expect, onTestFinished } from 'vitest';
import { keepLeadership, type Leadership } from '../../../controller/leadership.ts';
import { RolloutLoop } from '../../../controller/rollout/rollout-loop.ts';
import type { LinkTiming } from '../../../link/connection/timing.ts';
import { eventually } from '../agent/eventually.ts';
import { startRegistryReplica } from '../replica/controller-replicas.ts';
import { MemoryLog } from '../replica/memory-log.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { startLinkLab, type LabReplica, type LinkLab } from './link-lab.ts';

export interface GroupMember extends LinkLab {
  readonly name: string;
  readonly leadership: Leadership;
  readonly loop: RolloutLoop;
  readonly replica: LabReplica;
  /** In good order: agents are sent away, and another controller leads at once. */
  stop(): Promise<void>;
}

export interface ControllerGroup {
  readonly log: MemoryLog;
  readonly token: string;
  /** Names of those that count as there; a test takes one out, or puts it in. */
  readonly live: Set<string>;
  /** Names of those that say of themselves that they hear nothing of the others. */
  readonly cutOff: Set<string>;
  /** Started members, by name. */
  readonly members: Map<string, GroupMember>;
  member(name: string): GroupMember;
  leader(): Promise<GroupMember>;
  /** Again after a stop, or for the first time. */
  start(name: string): Promise<GroupMember>;
}

export interface GroupOptions {
  readonly timing?: Partial<LinkTiming>;
  /** False: nobody keeps a lease, and tests write as the leader themselves. */
  readonly leads?: boolean;
}

export async function startControllerGroup(
  names: readonly string[],
  options: GroupOptions = {},
): Promise<ControllerGroup> {
  const log = new MemoryLog();
  const live = new Set<string>();
  const members = new Map<string, GroupMember>();
  const tokensFolder = temporaryFolder();
  const group: ControllerGroup = {
    log,
    live,
    cutOff: new Set(),
    members,
    get token() {
      return [...members.values()][0]?.token ?? '';
    },
    member(name) {
      const member = members.get(name);
      if (member === undefined) throw new Error(`controller ${name} does not run`);
      return member;
    },
    async leader() {
      return eventually(() => [...members.values()].find(({ leadership }) => leadership.isLeader));
    },
    async start(name) {
      const member = await startMember(name, group, { ...options, tokensFolder });
      members.set(name, member);
      live.add(name);
      return member;
    },
  };
  for (const name of names) await group.start(name);
  return group;
}

async function startMember(
  name: string,
  { log, live, cutOff, members }: ControllerGroup,
  { timing, leads = true, tokensFolder }: GroupOptions & { readonly tokensFolder: string },
): Promise<GroupMember> {
  const replica = await startRegistryReplica(log);
  const leadership = leads
    ? keepLeadership({
        registry: replica,
        controller: name,
        exclusiveLog: false,
        leaseMs: 400,
        renewMs: 80,
        now: Date.now,
      })
    : nobodyLeads;
  const lab = await startLinkLab({
    replica,
    tokensFolder,
    ...(timing === undefined ? {} : { timing }),
    cluster: {
      controller: name,
      isLeader: () => leadership.isLeader,
      liveControllers: () => live,
      isCutOff: () => cutOff.has(name),
      urls: () => [...members.values()].filter((other) => live.has(other.name)).map(urlOf),
    },
  });
  const loop = startLoop(lab, leadership);
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= end());
  const end = async (): Promise<void> => {
    await loop.stop();
    await lab.close();
    await leadership.close();
    members.delete(name);
    live.delete(name);
  };
  onTestFinished(stop);
  return { ...lab, name, leadership, loop, stop };
}

function urlOf({ url }: GroupMember): string {
  return url;
}

function startLoop({ replica, links }: LinkLab, leadership: Leadership): RolloutLoop {
  const loop = new RolloutLoop({
    replica,
    packages: { find: () => undefined, explainMissing: () => '', onChange: () => () => {} },
    fencingToken: () => leadership.fencingToken(),
    nowMs: Date.now,
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    onLeaseLost: () => {},
    onError: (error) => expect.fail(String(error)),
  });
  loop.start(links);
  leadership.onChange((isLeader) => {
    if (isLeader) loop.leads();
  });
  return loop;
}

const nobodyLeads: Leadership = {
  fencingToken: () => undefined,
  isLeader: false,
  onChange: () => () => {},
  close: async () => {},
};
