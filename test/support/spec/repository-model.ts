/** A repository in pieces that tests edit and damage. */

import type { Contents } from './repository-of.ts';

/** One document in one file. */
export interface Piece {
  readonly key: string;
  readonly path: string;
  readonly text: string;
}

export type Edit =
  | { readonly op: 'put'; readonly piece: Piece }
  | { readonly op: 'remove'; readonly pick: number }
  | { readonly op: 'unreadable'; readonly pick: number }
  | { readonly op: 'broken'; readonly pick: number }
  | { readonly op: 'mend' }
  | { readonly op: 'text'; readonly path: string; readonly text: string };

export interface RepositoryModel {
  readonly pieces: ReadonlyMap<string, Piece>;
  readonly damaged: ReadonlyMap<string, 'unreadable' | 'broken'>;
  readonly texts: ReadonlyMap<string, string>;
}

export function applyEdit(model: RepositoryModel, edit: Edit): RepositoryModel {
  const pieces = new Map(model.pieces);
  const damaged = new Map(model.damaged);
  const texts = new Map(model.texts);
  const all = [...pieces.keys()];
  const files = [...new Set([...pieces.values()].map(({ path }) => path))];
  if (edit.op === 'put') pieces.set(`${edit.piece.key} ${edit.piece.path}`, edit.piece);
  if (edit.op === 'remove') pieces.delete(all[edit.pick % Math.max(1, all.length)] ?? '');
  if (edit.op === 'unreadable' || edit.op === 'broken') {
    const file = files[edit.pick % Math.max(1, files.length)];
    if (file !== undefined) damaged.set(file, edit.op);
  }
  if (edit.op === 'mend') damaged.clear();
  if (edit.op === 'text') texts.set(edit.path, edit.text);
  // An object put at another place is mostly moved, sometimes there twice.
  if (edit.op === 'put') {
    for (const [id, other] of model.pieces) {
      if (
        other.key === edit.piece.key &&
        other.path !== edit.piece.path &&
        other.path.length % 7 > 0
      ) {
        pieces.delete(id);
      }
    }
  }
  return { pieces, damaged, texts };
}

export function contentsOf({ pieces, damaged, texts }: RepositoryModel): Contents {
  const contents: Record<string, string> = Object.fromEntries(texts);
  for (const { path, text: document } of pieces.values()) {
    const before = contents[path];
    contents[path] = before === undefined ? `${document}\n` : `${before}---\n${document}\n`;
  }
  for (const [path, how] of damaged) {
    const sound = contents[path];
    if (sound !== undefined) contents[path] = damage(sound, how);
  }
  return contents;
}

export function damage(sound: string, how: 'unreadable' | 'broken'): string {
  return how === 'unreadable'
    ? '{ never closed\n'
    : sound.replaceAll('"spec":{', '"spec":{"oops":1,');
}
