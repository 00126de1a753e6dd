/** The endpoints of an object by the sets that they are members of. */

import type { AnsweredEndpoint } from './lookup-model.ts';

type Rows = readonly AnsweredEndpoint[];

interface SetId {
  readonly name: string;
  /** `name.area`. */
  readonly area: string;
  readonly id: string;
  /** `name.area.*`: the group that serves callers of all groups, or the caller that takes any. */
  readonly everyGroup: string;
}

/**
 * `fallback`: the object knows nothing of the caller's set, so that sets do not decide.
 * `none`: it does, and has nothing for the caller.
 */
export type SetChoice =
  | { readonly kind: 'invalid' | 'fallback' | 'none' }
  | { readonly kind: 'rows'; readonly key: string; readonly rows: Rows };

export class SetTable {
  readonly #names = new Set<string>();
  readonly #byArea: ReadonlyMap<string, Rows>;
  readonly #bySet: ReadonlyMap<string, Rows>;

  constructor(rows: Rows) {
    const byArea = new Map<string, AnsweredEndpoint[]>();
    const bySet = new Map<string, AnsweredEndpoint[]>();
    for (const row of rows) {
      const set = parseSetId(row.set ?? '');
      if (set === undefined) continue;
      this.#names.add(set.name);
      add(byArea, set.area, row);
      add(bySet, set.id, row);
    }
    this.#byArea = byArea;
    this.#bySet = bySet;
  }

  /** Tars-contract §6.3. Members that are not active count: their set is there. */
  choose(setId: string): SetChoice {
    const set = parseSetId(setId);
    if (set === undefined) return { kind: 'invalid' };
    if (!this.#names.has(set.name)) return { kind: 'fallback' };
    if (set.id === set.everyGroup) return chosen(`area ${set.area}`, this.#byArea.get(set.area));
    const own = this.#bySet.get(set.id);
    if (own !== undefined) return chosen(`set ${set.id}`, own);
    return chosen(`set ${set.everyGroup}`, this.#bySet.get(set.everyGroup));
  }
}

function chosen(key: string, rows: Rows | undefined): SetChoice {
  return rows === undefined ? { kind: 'none' } : { kind: 'rows', key, rows };
}

function add(table: Map<string, AnsweredEndpoint[]>, key: string, row: AnsweredEndpoint): void {
  const rows = table.get(key);
  if (rows === undefined) table.set(key, [row]);
  else rows.push(row);
}

function parseSetId(text: string): SetId | undefined {
  const parts = text.split('.');
  const [name = '', area = '', group = ''] = parts;
  const isWhole = parts.length === 3 && name !== '' && area !== '' && group !== '';
  if (!isWhole || name === '*' || area === '*') return undefined;
  const nameAndArea = `${name}.${area}`;
  return { name, area: nameAndArea, id: text, everyGroup: `${nameAndArea}.*` };
}
