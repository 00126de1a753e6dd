/** The registry as one would write it without care for speed: the oracle of the property tests. */

import type { Lease } from '../../../replica/core/lease.ts';
import type { RegistryCommand } from '../../../registry/commands.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { withoutSources } from '../../../registry/shared-content.ts';

type Row = Record<string, unknown>;

export interface NaiveState {
  token: number;
  registryId: string | undefined;
  lastToken: number;
  leases: Record<string, Lease>;
  leader: RegistryState['leader'];
  nodes: Record<string, unknown>;
  scopes: Record<string, { desired: Row; generation: number; commit: string; acceptedAt: number }>;
  targets: Record<string, Row>;
  observed: Record<string, Row>;
  sessions: Record<string, Row>;
  locks: { latestAt: number; epoch: number; byService: Record<string, Row> };
}

export function emptyNaive(): NaiveState {
  return {
    token: 0,
    registryId: undefined,
    lastToken: 0,
    leases: {},
    leader: undefined,
    nodes: {},
    scopes: {},
    targets: {},
    observed: {},
    sessions: {},
    locks: { latestAt: 0, epoch: 0, byService: {} },
  };
}

const nodeOf = (instance: string) => instance.split('@')[1] ?? '';

function without<Value>(record: Record<string, Value>, test: (key: string) => boolean) {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !test(key)));
}

/** Returns a new state and whether the command was accepted. */
export function applyNaive(
  before: NaiveState,
  command: RegistryCommand,
  sequence: number,
): { state: NaiveState; accepted: boolean } {
  const state = structuredClone(before);
  const refused = { state: before, accepted: false };
  if ('fencingToken' in command) {
    if (command.fencingToken < state.token) return refused;
    state.token = command.fencingToken;
  }
  switch (command.type) {
    case 'apply-commit': {
      for (const node of command.upsertNodes) state.nodes[node.name] = node;
      for (const name of command.removeNodes) {
        if (!(name in state.nodes)) continue;
        delete state.nodes[name];
        if (state.sessions[name]?.['state'] === 'alive') continue;
        delete state.sessions[name];
        state.observed = without(state.observed, (id) => nodeOf(id) === name);
      }
      for (const desired of command.upsertScopes) {
        const old = state.scopes[desired.scope];
        const row = desired as unknown as Row;
        state.scopes[desired.scope] =
          old?.desired['digest'] === desired.digest
            ? { ...old, desired: row }
            : {
                desired: row,
                generation: (old?.generation ?? 0) + 1,
                commit: command.source.inForceCommit,
                acceptedAt: command.at,
              };
      }
      for (const id of command.removeScopes) delete state.scopes[id];
      state.locks.byService = without(state.locks.byService, (service) => {
        const ids = [...Object.keys(state.targets), ...Object.keys(state.observed)];
        const isAlive =
          Number(state.locks.byService[service]?.['expiresAt']) > state.locks.latestAt;
        const isAsked = Object.keys(state.scopes).some((id) => id.endsWith(`/${service}`));
        return !isAlive && !isAsked && !ids.some((id) => id.startsWith(`${service}@`));
      });
      return { state, accepted: true };
    }
    case 'set-targets':
      for (const target of command.upsert) {
        if (state.scopes[target.scope]?.generation !== target.generation) continue;
        state.targets[target.instance] = {
          ...target,
          content: withoutSources(target.content),
        };
      }
      for (const instance of command.remove) delete state.targets[instance];
      return { state, accepted: true };
    case 'open-session': {
      const { node } = command.session;
      const old = state.sessions[node];
      if (!(node in state.nodes) && old === undefined) return refused;
      const { sessionId, controller } = command.session;
      const isAlive = old?.['state'] === 'alive';
      const isSame = isAlive && old['sessionId'] === sessionId;
      const isElsewhere = old?.['controller'] !== undefined && old['controller'] !== controller;
      if (isAlive && !isSame && isElsewhere) return refused;
      const since = isSame ? old['since'] : command.session.since;
      state.sessions[node] = { ...command.session, since, opened: sequence, reported: false };
      return { state, accepted: true };
    }
    case 'lose-session': {
      const old = state.sessions[command.node];
      if (old?.['sessionId'] !== command.sessionId) return refused;
      if (command.opened !== undefined && command.opened !== old['opened']) return refused;
      if (old['state'] === 'alive') {
        state.sessions[command.node] = { ...old, state: 'lost', since: command.at };
      }
      return { state, accepted: true };
    }
    case 'report-observed': {
      const { node, instances, gone } = command;
      const ids = [...instances.map(({ instance }) => instance), ...gone];
      const session = state.sessions[node];
      if (session?.['sessionId'] !== command.sessionId) return refused;
      if (command.opened !== undefined && command.opened !== session['opened']) return refused;
      if (ids.some((id) => nodeOf(id) !== node)) return refused;
      if (command.full) {
        state.observed = without(state.observed, (id) => nodeOf(id) === node);
        session['reported'] = true;
      }
      for (const row of instances) state.observed[row.instance] = row as unknown as Row;
      if (!command.full) state.observed = without(state.observed, (id) => gone.includes(id));
      const isEmpty = [...Object.keys(state.observed), ...Object.keys(state.targets)].every(
        (id) => nodeOf(id) !== node,
      );
      if (!(node in state.nodes) && isEmpty) delete state.sessions[node];
      return { state, accepted: true };
    }
    case 'doubt-sessions':
      for (const session of Object.values(state.sessions)) {
        const isEarlier = Number(session['opened']) <= command.upTo;
        if (session['controller'] === command.controller && isEarlier) session['reported'] = false;
      }
      return { state, accepted: true };
    case 'lease': {
      const { lease, controller } = command;
      state.registryId ??= command.registryId;
      state.lastToken = Math.max(state.lastToken, state.token);
      const held = state.leases[lease.name];
      if (lease.type !== 'acquire-lease') {
        if (held?.holder !== lease.holder || held.token !== lease.token) {
          return { state, accepted: true };
        }
        if (lease.type === 'renew-lease')
          state.leases[lease.name] = { ...held, renewals: held.renewals + 1 };
        else delete state.leases[lease.name];
        return { state, accepted: true };
      }
      const { watched } = lease;
      const isWatched = watched?.token === held?.token && watched?.renewals === held?.renewals;
      if (held !== undefined && !isWatched) return { state, accepted: true };
      const token = Math.max(state.lastToken + 1, sequence);
      state.lastToken = token;
      const { holder, durationMs } = lease;
      state.leases[lease.name] = { holder, durationMs, token, renewals: 0 };
      if (lease.name !== 'leader') return { state, accepted: true };
      state.token = token;
      state.leader = { controller, token, since: command.at };
      return { state, accepted: true };
    }
    case 'take-lock': {
      const { service, node, timeoutMs, holderIsMaster } = command;
      const instance = `${service}@${node}`;
      const isThere = instance in state.targets || instance in state.observed;
      if (!isThere || timeoutMs < 1) return { state, accepted: true };
      const { locks } = state;
      locks.latestAt = Math.max(locks.latestAt, command.at);
      const held = locks.byService[service];
      const expiresAt = locks.latestAt + timeoutMs;
      if (held?.['holder'] === node) held['expiresAt'] = expiresAt;
      else if (held === undefined || Number(held['expiresAt']) <= locks.latestAt) {
        locks.epoch += 1;
        const { epoch, latestAt: since } = locks;
        locks.byService[service] = { holder: node, epoch, since, expiresAt };
      } else if (holderIsMaster) held['disputedBy'] = node;
      else if (held['disputedBy'] === node) delete held['disputedBy'];
      return { state, accepted: true };
    }
  }
}

const plain = (map: ReadonlyMap<string, unknown>) => Object.fromEntries(map);

/** Targets without what is for people only: it is that of the scope, and not looked at here. */
function plainTargets(targets: RegistryState['targets']): NaiveState['targets'] {
  const rows = [...targets].map(([instance, target]) => [
    instance,
    { ...target, content: withoutSources(target.content) },
  ]);
  return Object.fromEntries(rows);
}

/** The real state in the naive form. */
export function naiveOf(state: RegistryState): NaiveState {
  return structuredClone({
    token: state.fencingToken,
    registryId: state.registryId,
    lastToken: state.leases.lastToken,
    leases: plain(state.leases.leases) as NaiveState['leases'],
    leader: state.leader,
    nodes: plain(state.nodes),
    scopes: plain(state.scopes) as NaiveState['scopes'],
    targets: plainTargets(state.targets),
    observed: plain(state.observed) as NaiveState['observed'],
    sessions: plain(state.sessions) as NaiveState['sessions'],
    locks: {
      ...state.locks,
      byService: plain(state.locks.byService) as NaiveState['locks']['byService'],
    },
  });
}
