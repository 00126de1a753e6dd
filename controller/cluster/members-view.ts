/** What the API says of the controllers and their engine. */

import type {
  EngineCopy,
  EngineLogResource,
  EngineResource,
  MemberResource,
  MembersResource,
} from '../../registry/status/member-resources.ts';
import type { JetStreamLog } from '../../replica/drivers/jetstream/open-jetstream-log.ts';
import type { ClusterFile, ClusterMember } from './cluster-file.ts';
import type { HeardMember, LiveMembers } from './live-members.ts';
import { memberUrl } from './member-url.ts';

export interface MembersViewOptions {
  readonly file: ClusterFile;
  readonly members: LiveMembers;
  readonly logs: readonly JetStreamLog[];
}

const silentAfterMs = 5_000;

export async function membersView(options: MembersViewOptions): Promise<MembersResource> {
  const { file, members, logs } = options;
  const heard = new Map(members.heard.map((member) => [member.name, member]));
  const items = file.members.map((member) => memberView(member, heard.get(member.name)));
  const names = file.members.map(({ name }) => name);
  const views = await Promise.all(logs.map((log) => logView(log, names)));
  return {
    items: items.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    engine: engineView(views, items),
  };
}

function memberView(member: ClusterMember, heard: HeardMember | undefined): MemberResource {
  const { name } = member;
  const url = memberUrl(member);
  if (heard === undefined) return { name, url, role: 'silent' };
  const { isLeader, silentMs, version, startedAt, agents, applied } = heard;
  const known = { name, url, version, startedAt, agents, applied, silentMs };
  if (silentMs > silentAfterMs) return { name, url, version, role: 'silent', silentMs };
  return { ...known, role: isLeader ? 'leader' : 'follower' };
}

interface LogView extends EngineLogResource {
  readonly problem?: string;
}

async function logView(log: JetStreamLog, members: readonly string[]): Promise<LogView> {
  const { name, entries, trouble } = log.known();
  try {
    const { leader, others } = await log.copies();
    const copies: EngineCopy[] = others.map((copy) => ({ ...copy, role: 'follower' }));
    if (leader === undefined) return { name, entries, copies, problem: `${name} has no leader` };
    copies.push({ member: leader, role: 'leader', isOnline: true, lag: 0 });
    const missing = members.filter((member) => copies.every((copy) => copy.member !== member));
    return {
      name,
      entries,
      copies: copies.toSorted((a, b) => (a.member < b.member ? -1 : 1)),
      ...(missing.length > 0 && { problem: `${missing.join(', ')} keeps no copy of ${name}` }),
      ...(trouble !== undefined && { problem: `${name}: ${trouble}` }),
    };
  } catch {
    return { name, entries, copies: [], problem: `${name}: the engine does not answer` };
  }
}

function engineView(logs: readonly LogView[], items: readonly MemberResource[]): EngineResource {
  const silent = items.filter(({ role }) => role === 'silent').map(({ name }) => name);
  const spares = logs.map(({ copies }) => {
    const online = copies.filter(({ isOnline }) => isOnline).length;
    return Math.max(0, online - (Math.floor(copies.length / 2) + 1));
  });
  const lagging = logs.flatMap(({ name, copies }) =>
    copies
      .filter(({ isOnline, lag }) => !isOnline || lag > 0)
      .map(({ member, isOnline, lag }) =>
        isOnline
          ? `${name}: the copy on ${member} is behind by ${lag}`
          : `${name}: the copy on ${member} is offline`,
      ),
  );
  const majority = Math.floor(items.length / 2) + 1;
  const hasLeader = items.some(({ role }) => role === 'leader');
  return {
    engine: 'jetstream',
    spare: Math.max(0, Math.min(items.length - silent.length - majority, ...spares)),
    logs: logs.map(({ name, entries, copies }) => ({ name, entries, copies })),
    problems: [
      ...(hasLeader ? [] : ['no controller leads now']),
      ...silent.map((name) => `controller ${name} is not heard`),
      ...logs.flatMap(({ problem }) => problem ?? []),
      ...lagging,
    ],
  };
}
