/** IDC groups and stations in force and as asked for → what changes about them. */

import { noTopology, type DesiredTopology } from '../desired-state.ts';
import { compareFields } from './compare-fields.ts';
import type { ObjectChange } from './plan.ts';

type Named = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** Ids are given anew whenever a group comes or goes, so they are no change. */
export function compareTopologies(
  from: DesiredTopology = noTopology,
  to: DesiredTopology = noTopology,
): ObjectChange[] {
  if (from === to) return [];
  return [
    ...compareAll('IdcGroup', groupsOf(from), groupsOf(to)),
    ...compareAll('Station', stationsOf(from), stationsOf(to)),
  ];
}

function groupsOf({ groups }: DesiredTopology): Named {
  return new Map(groups.map(({ id: _id, name, ...group }) => [name, group]));
}

function stationsOf({ groups, stations }: DesiredTopology): Named {
  const names = new Map(groups.map(({ id, name }) => [id, name]));
  return new Map(
    stations.map(({ name, groups: ids, priority }) => [
      name,
      { groups: ids.map((id) => names.get(id) ?? ''), priority },
    ]),
  );
}

function compareAll(kind: 'IdcGroup' | 'Station', from: Named, to: Named): ObjectChange[] {
  const names = [...new Set([...from.keys(), ...to.keys()])].toSorted();
  return names.flatMap((name): readonly ObjectChange[] => {
    const [before, after] = [from.get(name), to.get(name)];
    const place = (after ?? before)?.['dataCenter'];
    const common = { kind, name, ...(typeof place === 'string' && { dataCenter: place }) };
    if (before === undefined) return [{ ...common, action: 'add', fields: [] }];
    if (after === undefined) return [{ ...common, action: 'remove', fields: [] }];
    const fields = compareFields(before, after);
    return fields.length === 0 ? [] : [{ ...common, action: 'change', fields }];
  });
}
