/** On which nodes a service runs. */

import type { ServicePlacement } from '../../schemas/kinds.generated.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { checkNetworks, usesNetworks } from './check-networks.ts';
import { FaultList, heldBy, isSameOutcome, placeOf, usable, type Outcome } from './outcome.ts';
import { chooseNodes, type Candidate } from './rendezvous.ts';
import type { ResolvedDataCenter } from './resolve-data-centers.ts';
import type { NodeStage } from './resolve-nodes.ts';
import type { ResolvedNode } from './resolve-node-unit.ts';
import {
  isSameSelection,
  selectorKey,
  type Selection,
  type SelectionTable,
} from './select-nodes.ts';
import type { Suggest } from './suggestions.ts';

export interface PlacementContext {
  readonly nodes: NodeStage;
  readonly dataCenters: ReadonlyMap<string, Outcome<ResolvedDataCenter>>;
  readonly selections: SelectionTable;
  readonly suggest: Suggest;
}

/** A node that was chosen for a service. */
export interface Placed extends Candidate {
  /** TARS SET of the instance there. */
  readonly set?: string;
}

export interface PlacementUnit {
  readonly object: ObjectOf<'Service'>;
  /** Sorted by name. Keeps its identity while the nodes and their SETs are the same. */
  readonly outcome: Outcome<readonly Placed[]>;
  readonly faults: readonly Fault[];
  readonly named: readonly (readonly [name: string, seen: Outcome<ResolvedNode> | undefined])[];
  readonly selected: readonly (readonly [key: string, seen: Selection])[];
  /** Its faults depend on more than what it has seen. */
  readonly volatile: boolean;
}

export function placeService(
  object: ObjectOf<'Service'>,
  context: PlacementContext,
  before: PlacementUnit | undefined,
): PlacementUnit {
  if (before !== undefined && canKeep(before, object, context)) return before;
  const placer = new Placer(object, context);
  for (const [position, entry] of object.value.spec.placement.entries()) {
    placer.addNamed(entry, `/spec/placement/${position}`);
  }
  // A named node is not chosen again, so that `count` means that many more.
  for (const [position, entry] of object.value.spec.placement.entries()) {
    if (entry.select !== undefined) placer.addSelected(entry, `/spec/placement/${position}`);
  }
  placer.checkNetworks();
  return placer.finish(before);
}

function nameOfSet(set: string | undefined): string {
  return set === undefined ? 'no SET' : `SET ${set}`;
}

function isSamePlaced(left: readonly Placed[], right: readonly Placed[]): boolean {
  return (
    isSameSelection(left, right) && left.every(({ set }, position) => set === right[position]?.set)
  );
}

function canKeep(
  before: PlacementUnit,
  object: ObjectOf<'Service'>,
  { nodes, selections }: PlacementContext,
): boolean {
  if (before.volatile || before.object !== object) return false;
  return (
    before.named.every(([name, seen]) => isSameOutcome(seen, nodes.outcomes.get(name))) &&
    before.selected.every(([key, seen]) => seen === selections.find(key))
  );
}

class Placer {
  readonly #object: ObjectOf<'Service'>;
  readonly #context: PlacementContext;
  readonly #list: FaultList;
  readonly #chosen = new Map<string, Placed>();
  /** Pointers to the entries that name a node. */
  readonly #namedAt = new Map<string, string>();
  readonly #named: (readonly [string, Outcome<ResolvedNode> | undefined])[] = [];
  readonly #selected: (readonly [string, Selection])[] = [];
  #volatile = false;

  constructor(object: ObjectOf<'Service'>, context: PlacementContext) {
    this.#object = object;
    this.#context = context;
    this.#list = new FaultList(object);
  }

  addNamed({ nodes = [], set }: ServicePlacement, pointer: string): void {
    const { outcomes, missingHold } = this.#context.nodes;
    for (const [position, name] of nodes.entries()) {
      const outcome = outcomes.get(name);
      this.#named.push([name, outcome]);
      if (outcome === undefined) {
        this.#volatile = true;
        if (missingHold !== undefined) this.#list.dependsOn(missingHold);
        else this.#addMissing('node', name, outcomes, `${pointer}/nodes/${position}`);
      } else if (outcome.ok) {
        const { node, machine } = outcome.value;
        this.#checkSet(name, set, `${pointer}/nodes/${position}`);
        this.#choose({ name, dataCenter: node.dataCenter, machine }, set);
      } else {
        this.#list.dependsOn(outcome.hold);
      }
    }
  }

  #choose(candidate: Candidate, set: string | undefined): void {
    this.#chosen.set(candidate.name, set === undefined ? candidate : { ...candidate, set });
  }

  /** A node that two entries name has one instance, which is in one SET. */
  #checkSet(name: string, set: string | undefined, pointer: string): void {
    const before = this.#namedAt.get(name);
    this.#namedAt.set(name, pointer);
    if (before === undefined || this.#chosen.get(name)?.set === set) return;
    const other = nameOfSet(this.#chosen.get(name)?.set);
    const message = `${name} is placed in ${nameOfSet(set)} and in ${other}`;
    this.#list.add('SPEC_SET_CLASH', pointer, message, {
      hint: 'a node has one instance of a service: name it in one entry',
      related: [{ place: placeOf(this.#object, before), message: `${other} is given here` }],
    });
  }

  addSelected(entry: ServicePlacement, pointer: string): void {
    const { select, count, spread, set } = entry;
    if (select === undefined || !this.#checkDataCenter(select.dataCenter, pointer)) return;
    const key = selectorKey(select);
    const selection = this.#context.selections.find(key);
    this.#selected.push([key, selection]);
    const free = selection.filter(({ name }) => !this.#chosen.has(name));
    if (free.length === 0) {
      this.#addShortage('SPEC_PLACEMENT_EMPTY', `${pointer}/select`, this.#emptyMessage(selection));
      return;
    }
    const wanted = count ?? free.length;
    const chosen = chooseNodes(this.#object.name, free, wanted, spread === 'machine');
    if (count !== undefined && chosen.length < count) {
      const what = spread === 'machine' ? 'machines' : 'nodes';
      const message = `the placement asks for ${count} ${what}, and ${chosen.length} match`;
      this.#addShortage('SPEC_PLACEMENT_COUNT', `${pointer}/count`, message);
    }
    for (const candidate of chosen) this.#choose(candidate, set);
  }

  #emptyMessage(selection: Selection): string {
    if (selection.length === 0) return 'no node matches this placement';
    return 'every node that matches is already taken by another placement of this service';
  }

  #checkDataCenter(name: string | undefined, pointer: string): boolean {
    if (name === undefined) return true;
    const outcome = this.#context.dataCenters.get(name);
    if (outcome?.ok === true) return true;
    this.#volatile = true;
    const hold = outcome?.hold ?? this.#context.nodes.missingHold;
    if (hold !== undefined) this.#list.dependsOn(hold);
    else {
      const known = this.#context.dataCenters;
      this.#addMissing('DataCenter', name, known, `${pointer}/select/dataCenter`);
    }
    return false;
  }

  /** Too few nodes may come from a node that is held: then that is the root cause. */
  #addShortage(
    code: 'SPEC_PLACEMENT_EMPTY' | 'SPEC_PLACEMENT_COUNT',
    pointer: string,
    message: string,
  ): void {
    this.#volatile = true;
    const hold = this.#context.nodes.anyHold;
    if (hold === undefined) this.#list.add(code, pointer, message);
    else this.#list.dependsOn(hold);
  }

  #addMissing(
    what: string,
    name: string,
    known: ReadonlyMap<string, unknown>,
    pointer: string,
  ): void {
    const message = `no ${what} is named ${name}`;
    const suggestion = this.#context.suggest(name, known);
    this.#list.add('SPEC_MISSING_REFERENCE', pointer, message, suggestion);
  }

  /** What is seen of the nodes counts for the next run as well. */
  checkNetworks(): void {
    if (!usesNetworks(this.#object)) return;
    const nodes = [...this.#chosen.keys()].toSorted().flatMap((name) => {
      const outcome = this.#context.nodes.outcomes.get(name);
      this.#named.push([name, outcome]);
      return outcome?.ok === true ? [outcome.value] : [];
    });
    checkNetworks(this.#object, nodes, this.#context, this.#list);
  }

  finish(before: PlacementUnit | undefined): PlacementUnit {
    const common = {
      object: this.#object,
      faults: this.#list.faults,
      named: this.#named,
      selected: this.#selected,
      volatile: this.#volatile,
    };
    const { hold } = this.#list;
    if (hold !== undefined) return { ...common, outcome: heldBy(hold) };
    const placed = [...this.#chosen.values()].toSorted((left, right) =>
      left.name < right.name ? -1 : 1,
    );
    const kept = before?.outcome.ok === true && isSamePlaced(before.outcome.value, placed);
    return { ...common, outcome: kept ? before.outcome : usable(placed) };
  }
}
