/** Finds what depends on faults in a way that only the state in force can tell. */

import type { DesiredScope, HeldObject } from '../desired-state.ts';
import type { ObjectRef } from '../fault.ts';
import type { InForce, NodeSelector, Resolved } from '../resolve/resolved.ts';
import { selectorsOf } from '../resolve/resolve-services.ts';
import { matchesLabels } from '../resolve/select-nodes.ts';
import { Holds, rootOf, type Cause, type WithheldNode } from './holds.ts';

export function collectHolds(inForce: InForce, resolved: Resolved): Holds {
  const holds = new Holds(resolved.held);
  const file = fileHold(resolved);
  holdCluster(inForce, resolved, holds, file);
  holds.topology = file ?? topologyHold(resolved);
  withholdNodes(inForce, resolved, holds, file);
  holdSelecting(resolved, holds);
  for (const scope of inForce.scopes.values()) {
    if (!holds.isServiceHeld(scope.service)) holdScope(scope, resolved, holds, file);
  }
  return holds;
}

/** What is to blame for a name that is missing while a file cannot be read. */
function fileHold({ unreadable, faults }: Resolved): Cause | undefined {
  const [path] = unreadable;
  if (path === undefined) return undefined;
  const fault = faults.find(({ place, severity }) => place.path === path && severity === 'error');
  return { reason: fault?.code ?? 'SPEC_FILE_REFUSED', root: { kind: 'File', name: path } };
}

/** A repository whose Cluster is hidden must not fall back to the defaults. */
function holdCluster(
  inForce: InForce,
  resolved: Resolved,
  holds: Holds,
  file: Cause | undefined,
): void {
  const { hold } = resolved.memo.cluster;
  const isHidden =
    file !== undefined &&
    resolved.desired.cluster.origin === undefined &&
    inForce.cluster?.origin !== undefined;
  holds.cluster = hold !== undefined || isHidden;
  if (hold !== undefined || !isHidden) return;
  const object = { kind: 'Cluster', name: inForce.cluster?.name ?? '' };
  const message = `it may stand in ${file.root.name}, which cannot be read`;
  holds.add({ object, reason: file.reason, message, because: file.root });
  for (const service of resolved.memo.services.entries.keys()) {
    const waits = 'it depends on the Cluster, which may stand in a file that cannot be read';
    holds.add(heldService(service, { ...file, message: waits }));
  }
}

/** A group that is gone changes the numbers of the others, so they stay or change together. */
function topologyHold({ held }: Resolved): Cause | undefined {
  const one = held.find(({ object: { kind } }) => kind === 'DataCenter' || kind === 'Station');
  return one && { reason: one.reason, root: rootOf(one) };
}

function withholdNodes(
  inForce: InForce,
  resolved: Resolved,
  holds: Holds,
  file: Cause | undefined,
): void {
  const { outcomes } = resolved.memo.nodes;
  for (const node of inForce.nodes.values()) {
    if (resolved.desired.nodes.has(node.name)) continue;
    const outcome = outcomes.get(node.name);
    const set = node.nodeSet === undefined ? undefined : holds.find('NodeSet', node.nodeSet);
    if (outcome?.ok === false) {
      const { code, root } = outcome.hold;
      holds.nodes.set(node.name, { node, reason: code, root });
    } else if (set !== undefined) {
      holds.nodes.set(node.name, { node, reason: set.reason, root: rootOf(set) });
    } else if (file !== undefined) {
      holds.nodes.set(node.name, { node, ...file });
      const message = `it may stand in ${file.root.name}, which cannot be read`;
      const object = { kind: 'Node', name: node.name };
      holds.add({ object, reason: file.reason, message, because: file.root });
    }
  }
}

/** A service that selects nodes waits when one that it may have selected is not known. */
function holdSelecting(resolved: Resolved, holds: Holds): void {
  if (holds.nodes.size === 0) return;
  const withheld = [...holds.nodes.values()];
  const known = new Map<string, WithheldNode | undefined>();
  for (const [service, entry] of resolved.memo.services.entries) {
    if (holds.isServiceHeld(service)) continue;
    for (const selector of selectorsOf(entry)) {
      const key = JSON.stringify([selector.dataCenter, selector.labels]);
      if (!known.has(key))
        known.set(
          key,
          withheld.find((one) => isSelected(one, selector)),
        );
      const hidden = known.get(key);
      if (hidden === undefined) continue;
      const message = `it selects nodes, and ${hidden.node.name} may be one of them`;
      holds.add(heldService(service, { ...hidden, message }));
    }
  }
}

function isSelected({ node }: WithheldNode, { dataCenter, labels }: NodeSelector): boolean {
  if (dataCenter !== undefined && node.dataCenter !== dataCenter) return false;
  return matchesLabels(node.labels, labels);
}

function holdScope(
  scope: DesiredScope,
  resolved: Resolved,
  holds: Holds,
  file: Cause | undefined,
): void {
  const { service } = scope;
  if (!resolved.memo.services.entries.has(service)) {
    if (file === undefined) return;
    const message = `it may stand in ${file.root.name}, which cannot be read`;
    holds.add(heldService(service, { ...file, message }));
    return;
  }
  if (file !== undefined && mayHaveOtherTemplate(scope, resolved)) {
    const message = 'its template may stand in a file that cannot be read';
    holds.add(heldService(service, { ...file, message }));
    return;
  }
  for (const config of configsOf(scope)) {
    const held = holds.find('Config', config);
    const isHidden = file !== undefined && !resolved.memo.configs.units.has(config);
    const reason = held?.reason ?? (isHidden ? file.reason : undefined);
    const root = held === undefined ? file?.root : rootOf(held);
    if (reason === undefined || root === undefined) continue;
    const message = `a file of it comes from Config ${config}`;
    holds.add(heldService(service, { reason, root, message }));
    return;
  }
}

/** A built-in template stands in for one that the file may hold; every scope of a service has the same. */
function mayHaveOtherTemplate(scope: DesiredScope, { memo }: Resolved): boolean {
  const unit = memo.services.entries.get(scope.service)?.unit;
  if (unit?.template?.ok !== true || !unit.template.value.isBuiltin || !unit.outcome.ok)
    return false;
  const [next] = unit.outcome.value;
  return next !== undefined && templateOf(scope) !== templateOf(next);
}

function templateOf({ revisions }: DesiredScope): string | undefined {
  return Object.values(revisions)[0]?.template;
}

/** Names of the Config objects that the running files come from. */
function configsOf({ revisions }: DesiredScope): ReadonlySet<string> {
  const sources = Object.values(revisions).flatMap(({ files, served = [] }) =>
    [...files, ...served].flatMap((file) => file.sources ?? []),
  );
  return new Set(sources.map(({ config }) => config));
}

interface Blame {
  readonly reason: string;
  readonly root: ObjectRef;
  readonly message: string;
}

export function heldService(name: string, { reason, root, message }: Blame): HeldObject {
  return { object: { kind: 'Service', name }, reason, message, because: root };
}
