/** Which texts come before a Config's own: its references, each with its own before it. */

import { formatOf } from '../configs/config-format.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import type { ConfigFile } from './config-groups.ts';
import { findReferenceCycles, orderReferences } from './order-config-references.ts';
import { byPlace, FaultList, placeOf, refOf, type Hold } from './outcome.ts';
import { holdOf, objectsOf } from './repository-index.ts';
import type { ConfigContext, ConfigText, ConfigUnit } from './resolve-config-unit.ts';

/** References above each other, and texts before one's own. */
const depthMax = 32;
const textsMax = 100;

export interface ConfigReferences {
  /** Of the Configs that have references, and are not held because of them. */
  readonly files: ReadonlyMap<string, ConfigFile>;
  /** Names of Configs that another one takes the text of. */
  readonly referenced: ReadonlySet<string>;
  readonly holds: ReadonlyMap<string, Hold>;
  readonly faults: readonly Fault[];
}

export const noReferences: ConfigReferences = {
  files: new Map(),
  referenced: new Set(),
  holds: new Map(),
  faults: [],
};

/** `held`: Configs with a fault of their own, or of their level. */
export function resolveReferences(
  units: ReadonlyMap<string, ConfigUnit>,
  held: ReadonlyMap<string, Hold>,
  context: ConfigContext,
  previous: ConfigReferences | undefined,
): ConfigReferences {
  // By place, so that nothing depends on the order of the table.
  const referring = [...units.values()]
    .filter(({ object }) => object.value.spec.references.length > 0)
    .toSorted((left, right) => byPlace(left.object, right.object));
  if (referring.length === 0) return noReferences;
  return new Resolver(units, held, context).resolve(referring, previous);
}

/** What comes before a text, while it is looked for. */
interface Expansion {
  readonly names: readonly string[];
  readonly depth: number;
}

class Resolver {
  readonly #units: ReadonlyMap<string, ConfigUnit>;
  readonly #held: ReadonlyMap<string, Hold>;
  readonly #context: ConfigContext;
  /** Why a text cannot be had: a fault of its references, or of what they lead to. */
  readonly #holds = new Map<string, Hold>();
  readonly #expansions = new Map<string, Expansion>();
  /** Configs with too many references, and those that lead to them. */
  readonly #excess = new Set<string>();
  readonly #faults: Fault[] = [];

  constructor(
    units: ReadonlyMap<string, ConfigUnit>,
    held: ReadonlyMap<string, Hold>,
    context: ConfigContext,
  ) {
    this.#units = units;
    this.#held = held;
    this.#context = context;
  }

  resolve(
    referring: readonly ConfigUnit[],
    previous: ConfigReferences | undefined,
  ): ConfigReferences {
    const objects = new Map(referring.map(({ object }) => [object.name, object]));
    const { ordered, circular } = orderReferences(objects);
    for (const cycle of findReferenceCycles(circular)) this.#addCycle(cycle);
    for (const object of objects.values()) this.#checkNames(object);
    for (const object of ordered) this.#expand(object);
    this.#spread(objects);
    const files = new Map<string, ConfigFile>();
    for (const { object } of referring) {
      const file = this.#fileOf(object.name, previous?.files.get(object.name));
      if (file !== undefined) files.set(object.name, file);
    }
    const referenced = new Set([...objects.values()].flatMap(({ value }) => value.spec.references));
    return { files, referenced, holds: this.#holds, faults: this.#faults };
  }

  /** Each object of a circle is to blame for itself. */
  #addCycle(cycle: readonly ObjectOf<'Config'>[]): void {
    const [first, ...others] = cycle as [ObjectOf<'Config'>, ...ObjectOf<'Config'>[]];
    const names = [...cycle, first].map(({ name }) => name).join(' → ');
    const message = `Configs reference each other in a circle: ${names}`;
    const code = 'SPEC_CONFIG_CYCLE';
    const place = (object: ObjectOf<'Config'>, at: number) => {
      const next = cycle[(at + 1) % cycle.length]?.name ?? '';
      const position = object.value.spec.references.indexOf(next);
      return placeOf(object, `/spec/references/${position}`);
    };
    this.#faults.push({
      code,
      severity: 'error',
      message,
      place: place(first, 0),
      object: refOf(first),
      hint: 'remove one of these references',
      related: others.map((object, at) => ({
        place: place(object, at + 1),
        message: `${object.name} references ${cycle[(at + 2) % cycle.length]?.name ?? ''}`,
      })),
    });
    for (const object of cycle) {
      this.#holds.set(object.name, { code, message, root: refOf(object) });
    }
  }

  #checkNames(object: ObjectOf<'Config'>): void {
    const list = new FaultList(object);
    for (const [position, name] of object.value.spec.references.entries()) {
      const pointer = `/spec/references/${position}`;
      const other = this.#units.get(name)?.object;
      if (other !== undefined) this.#checkMerge(object, other, pointer, list);
      else if (!this.#isHeldElsewhere(name, list)) {
        const known = objectsOf(this.#context.index, 'Config');
        const message = `no Config is named ${name}`;
        list.add('SPEC_MISSING_REFERENCE', pointer, message, {
          ...this.#context.suggest(name, known),
          hint: 'names of Config objects (`metadata.name`), not of files',
        });
      }
    }
    this.#take(object, list);
  }

  /** Broken, there twice, or perhaps in a file that cannot be read. */
  #isHeldElsewhere(name: string, list: FaultList): boolean {
    const { index } = this.#context;
    const hold = holdOf(index, { kind: 'Config', name }) ?? index.trouble.unreadableHold;
    if (hold !== undefined) list.dependsOn(hold);
    return hold !== undefined;
  }

  #checkMerge(
    object: ObjectOf<'Config'>,
    other: ObjectOf<'Config'>,
    pointer: string,
    list: FaultList,
  ): void {
    const { merge, fileName } = object.value.spec;
    if (merge !== 'deep') return;
    const { merge: otherMerge, fileName: otherFile } = other.value.spec;
    const [format, otherFormat] = [formatOf(fileName).name, formatOf(otherFile).name];
    const isSame = otherMerge === 'deep' && format === otherFormat;
    if (isSame) return;
    const why = otherMerge === 'deep' ? `is ${otherFormat} text, not ${format} text` : 'is not';
    const message = `Config ${object.name} is merged by structure, and ${other.name}, which it references, ${why}`;
    list.add('SPEC_CONFIG_MERGE', pointer, message, {
      hint: `what a text with \`merge: deep\` references is ${format} text with \`merge: deep\` as well`,
      related: [
        { place: placeOf(other, '/spec/fileName'), message: `${other.name} is described here` },
      ],
    });
  }

  #take(object: ObjectOf<'Config'>, list: FaultList): void {
    for (const fault of list.faults) this.#faults.push(fault);
    const { hold } = list;
    if (hold !== undefined && !this.#holds.has(object.name)) this.#holds.set(object.name, hold);
  }

  /** Those that `object` references were expanded before. */
  #expand(object: ObjectOf<'Config'>): void {
    const { references } = object.value.spec;
    // What stands above too much is held, and has no fault of its own.
    if (references.some((name) => this.#excess.has(name))) {
      this.#excess.add(object.name);
      return;
    }
    const names = new Set<string>();
    let depth = 0;
    for (const name of references) {
      const inner = this.#expansions.get(name);
      depth = Math.max(depth, (inner?.depth ?? 0) + 1);
      for (const one of inner?.names ?? []) if (names.size <= textsMax) names.add(one);
      names.add(name);
    }
    const list = new FaultList(object);
    if (depth > depthMax) {
      const message = `the references of Config ${object.name} are more than ${depthMax} deep`;
      list.add('SPEC_CONFIG_REFERENCES', '/spec/references', message, { at: 'key' });
    } else if (names.size > textsMax) {
      const message = `Config ${object.name} references more than ${textsMax} texts`;
      list.add('SPEC_CONFIG_REFERENCES', '/spec/references', message, { at: 'key' });
    }
    this.#take(object, list);
    if (list.hold === undefined) this.#expansions.set(object.name, { names: [...names], depth });
    else this.#excess.add(object.name);
  }

  /** Whoever leads to a held text is held; of several roots the first by name is to blame. */
  #spread(objects: ReadonlyMap<string, ObjectOf<'Config'>>): void {
    const users = new Map<string, string[]>();
    for (const { name, value } of objects.values()) {
      for (const used of value.spec.references) {
        const known = users.get(used);
        if (known === undefined) users.set(used, [name]);
        else known.push(name);
      }
    }
    const roots = new Map([...this.#holds, ...this.#held]);
    for (const name of [...roots.keys()].toSorted()) {
      const hold = roots.get(name);
      const waiting = [name];
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        for (const user of users.get(next) ?? []) {
          if (hold === undefined || this.#holds.has(user) || this.#held.has(user)) continue;
          this.#holds.set(user, hold);
          waiting.push(user);
        }
      }
    }
  }

  #fileOf(name: string, before: ConfigFile | undefined): ConfigFile | undefined {
    const own = this.#textOf(name);
    if (own === undefined || this.#holds.has(name) || this.#held.has(name)) return undefined;
    const names = this.#expansions.get(name)?.names ?? [];
    const references = names.flatMap((one) => this.#textOf(one) ?? []);
    const isSame =
      before?.own === own &&
      before.references.length === references.length &&
      before.references.every((text, position) => text === references[position]);
    return isSame ? before : { own, references };
  }

  #textOf(name: string): ConfigText | undefined {
    const outcome = this.#units.get(name)?.outcome;
    return outcome?.ok === true ? outcome.value : undefined;
  }
}
