/** Nodes by their properties, found once for all services that ask alike. */

import type { ServicePlacementSelect } from '../../schemas/kinds.generated.ts';
import { encodeCanonical } from './digest.ts';
import type { Candidate } from './rendezvous.ts';
import type { NodeStage } from './resolve-nodes.ts';
import type { NodeSelector } from './resolved.ts';
import type { ResolvedNode } from './resolve-node-unit.ts';

/** Sorted by name. Keeps its identity while the same nodes match. */
export type Selection = readonly Candidate[];

export interface SelectionTable {
  readonly find: (key: string) => Selection;
  readonly nodes: NodeStage;
  readonly found: ReadonlyMap<string, Selection>;
}

export function selectorKey(select: ServicePlacementSelect): string {
  return encodeCanonical(select);
}

export function openSelections(
  nodes: NodeStage,
  previous: SelectionTable | undefined,
): SelectionTable {
  const found = new Map<string, Selection>();
  const byDataCenter = groupNodes(nodes);
  const sameNodes = previous?.nodes === nodes;
  const find = (key: string): Selection => {
    const known = found.get(key);
    if (known !== undefined) return known;
    const before = previous?.found.get(key);
    const selection =
      before !== undefined && sameNodes ? before : match(key, byDataCenter(), before);
    found.set(key, selection);
    return selection;
  };
  return { find, nodes, found };
}

type Groups = ReadonlyMap<string, readonly ResolvedNode[]>;

/** Grouped at the first question: most runs ask none. */
function groupNodes(nodes: NodeStage): () => Groups {
  let groups: Map<string, ResolvedNode[]> | undefined;
  return () => {
    if (groups !== undefined) return groups;
    groups = new Map();
    for (const outcome of nodes.outcomes.values()) {
      if (!outcome.ok) continue;
      const { dataCenter } = outcome.value.node;
      const group = groups.get(dataCenter);
      if (group === undefined) groups.set(dataCenter, [outcome.value]);
      else group.push(outcome.value);
    }
    return groups;
  };
}

function match(key: string, groups: Groups, before: Selection | undefined): Selection {
  const select = JSON.parse(key) as ServicePlacementSelect;
  const pool =
    select.dataCenter === undefined
      ? [...groups.values()].flat()
      : (groups.get(select.dataCenter) ?? []);
  const labels = select.labels ?? {};
  const selection = pool
    .filter(({ node }) => matchesLabels(node.labels, labels))
    .map(({ node, machine }) => ({ name: node.name, dataCenter: node.dataCenter, machine }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return before !== undefined && isSameSelection(before, selection) ? before : selection;
}

export function matchesLabels(
  labels: Readonly<Record<string, string>>,
  wanted: NodeSelector['labels'],
): boolean {
  return Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
  );
}

export function isSameSelection(left: Selection, right: Selection): boolean {
  if (left.length !== right.length) return false;
  return left.every((candidate, position) => {
    const other = right[position];
    return candidate.name === other?.name && candidate.machine === other.machine;
  });
}
