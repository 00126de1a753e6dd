/** Template texts, each joined with those of its parents. */

import type { Fault, ObjectRef } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import {
  builtinObjects,
  hintBuiltins,
  isBuiltin,
  parentNameOf,
  withBuiltins,
} from './builtin-objects.ts';
import { checkOnce, reportTags, type CheckedText } from './checked-text.ts';
import {
  byPlace,
  FaultList,
  heldBy,
  isSameOutcome,
  placeOf,
  refOf,
  usable,
  type Hold,
  type Outcome,
} from './outcome.ts';
import {
  brokenOf,
  duplicatesOf,
  holdOf,
  kindOf,
  objectsOf,
  troubleOf,
  type KindIndex,
  type RepositoryIndex,
} from './repository-index.ts';
import type { KindTrouble } from './trouble.ts';
import {
  areTextsSame,
  findText,
  isSameReference,
  textOf,
  type ReadText,
  type TextReference,
} from './resolve-text.ts';
import type { Suggest } from './suggestions.ts';

/** Parents above each other; more than anybody needs, few enough to bound the joined text. */
const chainMax = 32;

interface Unit {
  readonly object: ObjectOf<'Template'>;
  readonly reference: TextReference | undefined;
  readonly parent: Outcome<MergedTemplate> | undefined;
  readonly outcome: Outcome<MergedTemplate>;
  /** Without what it inherits. */
  readonly own: CheckedText;
  readonly faults: readonly Fault[];
  readonly volatile: boolean;
}

export interface MergedTemplate {
  /** Parents first, so that what a child says comes later and wins. */
  readonly text: string;
  readonly levels: number;
  /** Part of it is not in the repository, as far as can be told. */
  readonly isBuiltin: boolean;
}

interface TemplateContext {
  readonly readText: ReadText;
  readonly suggest: Suggest;
}

export interface TemplateStage {
  readonly kind: KindIndex;
  readonly units: ReadonlyMap<string, Unit>;
  readonly outcomes: ReadonlyMap<string, Outcome<MergedTemplate>>;
  readonly faults: readonly Fault[];
  readonly trouble: KindTrouble | undefined;
  readonly missingHold: Hold | undefined;
}

export function resolveTemplates(
  index: RepositoryIndex,
  { readText, suggest }: TemplateContext,
  previous: TemplateStage | undefined,
): TemplateStage {
  const kind = kindOf(index, 'Template');
  const trouble = troubleOf(index, 'Template');
  const missingHold = index.trouble.unreadableHold;
  const isSame =
    previous?.trouble === trouble &&
    previous?.missingHold === missingHold &&
    previous?.kind === kind;
  if (isSame && previous !== undefined && areAllTextsSame(previous, readText)) return previous;
  const units = new Map<string, Unit>();
  const outcomes = new Map<string, Outcome<MergedTemplate>>();
  const faults: Fault[] = [];
  const objects = withBuiltins(objectsOf(index, 'Template'));
  for (const object of [...brokenOf(index, 'Template'), ...duplicatesOf(index, 'Template')]) {
    const hold = holdOf(index, object);
    if (hold !== undefined) outcomes.set(object.name, heldBy(hold));
    objects.delete(object.name);
  }
  const { parentsFirst, cycles } = orderByInheritance(objects);
  for (const cycle of cycles) {
    const fault = cycleFault(cycle);
    faults.push(fault);
    for (const object of cycle) {
      const root = isBuiltin(object) ? fault.object : refOf(object);
      const hold = { code: fault.code, message: fault.message, root };
      outcomes.set(object.name, heldBy(hold));
    }
  }
  for (const object of parentsFirst) {
    if (outcomes.has(object.name)) continue;
    const parent = outcomes.get(parentNameOf(object) ?? '');
    const reference = findText(object, readText);
    const before = previous?.units.get(object.name);
    const keep = before !== undefined && canKeep(before, { object, parent, reference });
    const unit = keep ? before : resolveOne({ object, parent, reference }, index, suggest, before);
    units.set(object.name, unit);
    outcomes.set(object.name, unit.outcome);
    faults.push(...unit.faults);
  }
  return { kind, units, outcomes, faults, trouble, missingHold };
}

function areAllTextsSame(previous: TemplateStage, readText: ReadText): boolean {
  const references = [...previous.units.values()].map(({ reference }) => reference);
  return areTextsSame(references, readText);
}

function canKeep(before: Unit, now: Pick<Unit, 'object' | 'parent' | 'reference'>): boolean {
  if (before.volatile || before.object !== now.object) return false;
  return (
    isSameOutcome(before.parent, now.parent) && isSameReference(before.reference, now.reference)
  );
}

function resolveOne(
  { object, parent, reference }: Pick<Unit, 'object' | 'parent' | 'reference'>,
  index: RepositoryIndex,
  suggest: Suggest,
  before: Unit | undefined,
): Unit {
  const list = new FaultList(object);
  const { parent: parentName } = object.value.spec;
  const missing = parentName !== undefined && parent === undefined;
  if (missing && index.trouble.unreadableHold !== undefined)
    list.dependsOn(index.trouble.unreadableHold);
  else if (missing) {
    const message = `no Template is named ${parentName}`;
    const suggestion = suggest(parentName, objectsOf(index, 'Template'));
    const extra = { ...suggestion, ...hintBuiltins(parentName) };
    list.add('SPEC_MISSING_REFERENCE', '/spec/parent', message, extra);
  }
  if (parent?.ok === false) list.dependsOn(parent.hold);
  const inherited = parent?.ok === true ? parent.value : nothingInherited;
  const levels = inherited.levels + 1;
  if (levels > chainMax && !isBuiltin(object)) {
    const message = `Template ${object.name} has more than ${chainMax} parents above each other`;
    list.add('SPEC_TEMPLATE_CYCLE', '/spec/parent', message);
  }
  const own = checkOnce(textOf(object, reference, list), before?.own);
  const written = { what: `Template ${object.name}`, pointer: '/spec/content' };
  reportTags(object, own, { ...written, textPath: reference?.path }, list);
  const text = joinTexts(inherited.text, own.text);
  const usesBuiltin = inherited.isBuiltin || isBuiltin(object);
  const merged = keepIdentity({ text, levels, isBuiltin: usesBuiltin }, before);
  const outcome = list.hold === undefined ? usable(merged) : heldBy(list.hold);
  return { object, reference, parent, outcome, own, faults: list.faults, volatile: missing };
}

const nothingInherited: MergedTemplate = { text: '', levels: 0, isBuiltin: false };

/** Built-in templates that this repository does not replace; they are no objects of it. */
export function isUnreplaced(name: string, index: RepositoryIndex): boolean {
  return builtinObjects.has(name) && !objectsOf(index, 'Template').has(name);
}

/** The earlier text when it says the same, so that those who use it need not be rendered again. */
function keepIdentity(merged: MergedTemplate, before: Unit | undefined): MergedTemplate {
  if (before?.outcome.ok !== true) return merged;
  const { value } = before.outcome;
  const isSame =
    value.text === merged.text &&
    value.levels === merged.levels &&
    value.isBuiltin === merged.isBuiltin;
  return isSame ? value : merged;
}

/** One text behind the other, each on lines of its own. */
export function joinTexts(first: string, second: string): string {
  return first === '' || first.endsWith('\n') ? first + second : `${first}\n${second}`;
}

interface InheritanceOrder {
  readonly parentsFirst: readonly ObjectOf<'Template'>[];
  /** Each circle once, from its first object by place. */
  readonly cycles: readonly (readonly ObjectOf<'Template'>[])[];
}

function orderByInheritance(objects: ReadonlyMap<string, ObjectOf<'Template'>>): InheritanceOrder {
  const parentsFirst: ObjectOf<'Template'>[] = [];
  const cycles: ObjectOf<'Template'>[][] = [];
  const done = new Set<string>();
  for (const start of objects.values()) {
    const trail: ObjectOf<'Template'>[] = [];
    const onTrail = new Map<string, number>();
    let next: ObjectOf<'Template'> | undefined = start;
    while (next !== undefined && !done.has(next.name) && !onTrail.has(next.name)) {
      onTrail.set(next.name, trail.length);
      trail.push(next);
      next = objects.get(parentNameOf(next) ?? '');
    }
    const entry = next === undefined ? undefined : onTrail.get(next.name);
    if (entry !== undefined) cycles.push(rotate(trail.slice(entry)));
    for (const object of trail.toReversed()) {
      done.add(object.name);
      parentsFirst.push(object);
    }
  }
  return { parentsFirst, cycles };
}

/** From an object of the repository on: built-in templates alone make no circle. */
function rotate(cycle: readonly ObjectOf<'Template'>[]): ObjectOf<'Template'>[] {
  const [first] = cycle.filter((object) => !isBuiltin(object)).toSorted(byPlace);
  const start = first === undefined ? 0 : cycle.indexOf(first);
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

function cycleFault(
  cycle: readonly ObjectOf<'Template'>[],
): Fault & { readonly object: ObjectRef } {
  const [first, ...others] = cycle as [ObjectOf<'Template'>, ...ObjectOf<'Template'>[]];
  const names = [...cycle, first].map(({ name }) => name).join(' → ');
  return {
    code: 'SPEC_TEMPLATE_CYCLE',
    severity: 'error',
    message: `templates inherit from each other in a circle: ${names}`,
    place: placeOf(first, '/spec/parent'),
    object: refOf(first),
    hint: 'remove parent from one of them',
    related: others
      .filter((object) => !isBuiltin(object))
      .map((object) => ({
        place: placeOf(object, '/spec/parent'),
        message: `${object.name} inherits from ${object.value.spec.parent}`,
      })),
  };
}
