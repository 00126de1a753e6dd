/** One scope in force and as asked for → what happens to it and to its instances. */

import type { DesiredScope, InstanceRevision } from '../desired-state.ts';
import { digestOf } from '../resolve/digest.ts';
import { compareFields } from './compare-fields.ts';
import { compareRevisions } from './compare-revisions.ts';
import { needsRestart } from './needs-restart.ts';
import type { FieldChange, InstanceChanges, ScopeChange } from './plan.ts';

type Hash = (text: string) => string;

export function addScope(to: DesiredScope, hash: Hash): ScopeChange {
  const nodes = nodesOf(to);
  const isRunning = to.state === 'running';
  return {
    action: 'add',
    ...identityOf(to),
    to: to.digest,
    planDigest: planDigestOf(undefined, to, hash),
    version: versionOf(undefined, to),
    fields: [],
    instances: { ...noInstances, added: nodes, started: isRunning ? nodes : [] },
    origin: to.origin,
  };
}

export function removeScope(from: DesiredScope, hash: Hash): ScopeChange {
  const nodes = nodesOf(from);
  const wasRunning = from.state === 'running';
  return {
    action: 'remove',
    ...identityOf(from),
    from: from.digest,
    planDigest: planDigestOf(from, undefined, hash),
    version: versionOf(from, undefined),
    fields: [],
    instances: { ...noInstances, removed: nodes, stopped: wasRunning ? nodes : [] },
    origin: from.origin,
  };
}

export function changeScope(from: DesiredScope, to: DesiredScope, hash: Hash): ScopeChange {
  return {
    action: 'change',
    ...identityOf(to),
    from: from.digest,
    to: to.digest,
    planDigest: planDigestOf(from, to, hash),
    version: versionOf(from, to),
    fields: [
      ...compareFields(from.state, to.state, 'state'),
      ...compareInstances(from, to),
      ...compareFields(from.rollout, to.rollout, 'rollout'),
      ...compareFields(from.labels, to.labels, 'labels'),
      ...compareFields(from.grouping, to.grouping, 'grouping'),
    ],
    instances: moveInstances(from, to),
    origin: to.origin,
  };
}

const noInstances: InstanceChanges = {
  added: [],
  removed: [],
  restarted: [],
  reloaded: [],
  stopped: [],
  started: [],
};

function identityOf({ scope, service, dataCenter }: DesiredScope) {
  return { scope, service, dataCenter };
}

function planDigestOf(
  from: DesiredScope | undefined,
  to: DesiredScope | undefined,
  hash: Hash,
): string {
  const scope = (to ?? from)?.scope;
  return digestOf({ scope, from: from?.digest ?? null, to: to?.digest ?? null }, hash);
}

function versionOf(
  from: DesiredScope | undefined,
  to: DesiredScope | undefined,
): ScopeChange['version'] {
  const [before, after] = [from, to].map((scope) => firstRevision(scope)?.release?.version);
  return {
    ...(before !== undefined && { from: before }),
    ...(after !== undefined && { to: after }),
  };
}

/** All instances of a scope run the same version. */
function firstRevision(scope: DesiredScope | undefined): InstanceRevision | undefined {
  const digest = scope?.instances[0]?.revision;
  return digest === undefined ? undefined : scope?.revisions[digest];
}

function nodesOf({ instances }: DesiredScope): readonly string[] {
  return instances.map(({ node }) => node).toSorted();
}

function moveInstances(from: DesiredScope, to: DesiredScope): InstanceChanges {
  const before = new Map(from.instances.map(({ node, revision }) => [node, revision]));
  const after = new Map(to.instances.map(({ node, revision }) => [node, revision]));
  const added = nodesOf(to).filter((node) => !before.has(node));
  const removed = nodesOf(from).filter((node) => !after.has(node));
  const kept = nodesOf(to).filter((node) => before.has(node));
  const wasRunning = from.state === 'running';
  const isRunning = to.state === 'running';
  const changed = kept.filter((node) => before.get(node) !== after.get(node));
  const goOn = wasRunning && isRunning ? changed : [];
  const restarts = restartsBetween(from, to);
  return {
    added,
    removed,
    restarted: goOn.filter((node) => restarts(before.get(node), after.get(node))),
    reloaded: goOn.filter((node) => !restarts(before.get(node), after.get(node))),
    stopped: wasRunning ? [...removed, ...(isRunning ? [] : kept)].toSorted() : [],
    started: isRunning ? [...added, ...(wasRunning ? [] : kept)].toSorted() : [],
  };
}

/** Each pair of revisions is compared once. */
function restartsBetween(from: DesiredScope, to: DesiredScope) {
  const known = new Map<string, boolean>();
  return (oldDigest = '', newDigest = ''): boolean => {
    const pair = `${oldDigest} ${newDigest}`;
    const [old, now] = [from.revisions[oldDigest], to.revisions[newDigest]];
    const restarts =
      known.get(pair) ?? (old === undefined || now === undefined || needsRestart(old, now));
    known.set(pair, restarts);
    return restarts;
  };
}

/** Each pair of revisions is compared once; what holds for all of them is told once. */
function compareInstances(from: DesiredScope, to: DesiredScope): FieldChange[] {
  const before = new Map(from.instances.map(({ node, revision }) => [node, revision]));
  const kept = to.instances.filter(({ node }) => before.has(node));
  const pairs = Map.groupBy(kept, ({ node, revision }) => `${before.get(node)} ${revision}`);
  const merged = new Map<string, { change: FieldChange; nodes: string[] }>();
  for (const [pair, instances] of pairs) {
    const [oldDigest = '', newDigest = ''] = pair.split(' ');
    const [old, now] = [from.revisions[oldDigest], to.revisions[newDigest]];
    if (oldDigest === newDigest || old === undefined || now === undefined) continue;
    const nodes = instances.map(({ node }) => node);
    for (const change of compareRevisions(old, now)) {
      const key = JSON.stringify(change);
      const known = merged.get(key);
      if (known === undefined) merged.set(key, { change, nodes: [...nodes] });
      else known.nodes.push(...nodes);
    }
  }
  if (kept.length === 0) return compareFirst(from, to);
  return [...merged.values()].map(({ change, nodes }) =>
    nodes.length === kept.length ? change : { ...change, nodes: nodes.toSorted() },
  );
}

/** Nothing stays where it was: what it runs is still worth comparing. */
function compareFirst(from: DesiredScope, to: DesiredScope): FieldChange[] {
  const [old, now] = [firstRevision(from), firstRevision(to)];
  return old === undefined || now === undefined ? [] : compareRevisions(old, now);
}
