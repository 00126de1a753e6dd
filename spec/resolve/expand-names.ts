/** Names of a NodeSet, written out: `sz-web-[01-20]` is sz-web-01 to sz-web-20. */

export interface ExpandedName {
  readonly name: string;
  /** Number in the range, when the name has one. */
  readonly number?: number;
}

/** Names in one NodeSet. */
const setNamesMax = 10_000;

export type Expansion = { readonly names: readonly ExpandedName[] } | { readonly problem: string };

/** How many names an entry asks for, without writing them out. */
export function countNames(text: string): number {
  const range = /\[([0-9]+)-([0-9]+)\]/.exec(text);
  if (range === null) return 1;
  const count = Number(range[2]) - Number(range[1]) + 1;
  return count > setNamesMax ? 0 : Math.max(0, count);
}

/** `already`: names that the set has from other entries. */
export function expandNames(text: string, already: number): Expansion {
  const range = /^(.*)\[([0-9]+)-([0-9]+)\](.*)$/.exec(text);
  if (range === null) return isNodeName(text) ? { names: [{ name: text }] } : notAName(text);
  const [, prefix = '', firstText = '', lastText = '', suffix = ''] = range;
  const first = Number(firstText);
  const last = Number(lastText);
  if (last < first) return { problem: `the range [${firstText}-${lastText}] counts down` };
  if (already + last - first >= setNamesMax) {
    return { problem: `a NodeSet has at most ${setNamesMax} names` };
  }
  const names: ExpandedName[] = [];
  for (let number = first; number <= last; number += 1) {
    const digits = String(number).padStart(firstText.length, '0');
    const name = `${prefix}${digits}${suffix}`;
    if (!isNodeName(name)) return notAName(name);
    names.push({ name, number });
  }
  return { names };
}

/** The form that the schema asks of the name of a Node. */
function isNodeName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(name);
}

function notAName(name: string): Expansion {
  return {
    problem: `${name} is not a node name: its end is no letter or digit, or it is too long`,
  };
}
