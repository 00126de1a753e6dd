/** Cuts a list into pages and applies filters; a cursor names the last key of the page before. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type { ListName, ListedResources } from '../../registry/status/resources.ts';
import type { OpenedList, ResourceKind } from './resource-kinds.ts';
import type { ApiView } from './status-reader.ts';

export const pageItemsMax = 1_000;
export const pageItemsDefault = 200;

export interface ListQuery {
  readonly limit?: number;
  readonly cursor?: string;
  /** By the names of the kind's filters. */
  readonly filters: Readonly<Record<string, string>>;
}

export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly total: number;
  readonly nextCursor?: string;
}

/** Items that were added or removed meanwhile neither shift nor repeat the others. */
export function listPage<Name extends ListName>(
  kind: ResourceKind<Name>,
  view: ApiView,
  query: ListQuery,
): ListPage<ListedResources[Name]> {
  const opened = kind.open(view);
  const { get } = opened;
  const after = query.cursor === undefined ? undefined : decodeCursor(kind.plural, query.cursor);
  const limit = query.limit ?? pageItemsDefault;
  const found = hasFilters(query) ? filtered(kind, query, opened) : undefined;
  const all = found === undefined ? opened.keys() : [...found.keys()];
  const start = after === undefined ? 0 : firstBehind(all, after);
  const pageKeys = all.slice(start, start + limit);
  const items = pageKeys.flatMap((key) => found?.get(key) ?? get(key) ?? []);
  const last = pageKeys.at(-1);
  const isLastPage = start + limit >= all.length || last === undefined;
  return {
    items,
    total: all.length,
    ...(!isLastPage && { nextCursor: encodeCursor(kind.plural, last) }),
  };
}

function hasFilters({ filters }: ListQuery): boolean {
  return Object.keys(filters).length > 0;
}

function filtered<Name extends ListName>(
  kind: ResourceKind<Name>,
  query: ListQuery,
  opened: OpenedList<ListedResources[Name]>,
): ReadonlyMap<string, ListedResources[Name]> {
  const found = new Map<string, ListedResources[Name]>();
  for (const key of opened.keys()) {
    const item = opened.get(key);
    if (item !== undefined && fits(kind, item, query.filters)) found.set(key, item);
  }
  return found;
}

export function fits<Name extends ListName>(
  kind: ResourceKind<Name>,
  item: ListedResources[Name],
  filters: ListQuery['filters'],
): boolean {
  return Object.entries(filters).every(
    ([name, value]) => kind.filters[name]?.(item, value) ?? true,
  );
}

function firstBehind(keys: readonly string[], after: string): number {
  const index = keys.findIndex((key) => key > after);
  return index < 0 ? keys.length : index;
}

export function encodeCursor(plural: string, key: string): string {
  return Buffer.from(`${plural}\n${key}`).toString('base64url');
}

export function decodeCursor(plural: string, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const isOurs =
    text.startsWith(`${plural}\n`) &&
    encodeCursor(plural, text.slice(plural.length + 1)) === cursor;
  if (isOurs) return text.slice(plural.length + 1);
  throw new TarsierError('API_CURSOR_INVALID', `This cursor is not one of the list of ${plural}.`);
}
