/** `did you mean …?` for names of objects, within a budget that a hostile repository cannot exceed. */

import { nearest } from '../validate/nearest.ts';

/** To be spread into a fault. */
export type Suggest = (name: string, known: KnownNames) => { readonly suggestion?: string };

interface KnownNames {
  readonly size: number;
  readonly keys: () => Iterable<string>;
}

/** About one second of comparing; a repository with that many wrong names has a root cause elsewhere. */
const comparisonsMax = 1_000_000;

/** For one run: how far the budget goes depends on nothing but what is asked. */
export function openSuggestions(): Suggest {
  const sorted = new Map<KnownNames, readonly string[]>();
  /** Of names that are equally near, the first is suggested, whatever the order of the table. */
  const sortedNames = (known: KnownNames): readonly string[] => {
    const names = sorted.get(known) ?? [...known.keys()].toSorted();
    sorted.set(known, names);
    return names;
  };
  const answers = new Map<KnownNames, Map<string, string | undefined>>();
  let left = comparisonsMax;
  return (name, known) => {
    let ofKind = answers.get(known);
    if (ofKind === undefined) {
      ofKind = new Map();
      answers.set(known, ofKind);
    }
    if (!ofKind.has(name)) {
      left -= known.size;
      ofKind.set(name, left < 0 ? undefined : nearest(name, sortedNames(known)));
    }
    const found = ofKind.get(name);
    return found === undefined ? {} : { suggestion: `did you mean \`${found}\`?` };
  };
}
