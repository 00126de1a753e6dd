/** The text of a Config or Template: written inline, or in a file of the repository. */

import { isKind, type ObjectOf } from '../kind-of.ts';
import type { LoadedFile } from '../repository.ts';
import type { FaultList } from './outcome.ts';
import { resolveRepositoryPath } from './resolve-path.ts';
import type { TextFile } from './resolved.ts';

type TextObject = ObjectOf<'Config'> | ObjectOf<'Template'>;

/** Gives the same value for the same content, run after run. */
export interface TextTable {
  readonly read: (path: string) => TextFile | undefined;
  /** Everything that was read, for the next run. */
  readonly seen: ReadonlyMap<string, TextFile>;
}

export function openTexts(
  readText: (path: string) => TextFile | undefined,
  previous: TextTable | undefined,
): TextTable {
  const seen = new Map<string, TextFile>();
  const read = (path: string): TextFile | undefined => {
    const known = seen.get(path);
    if (known !== undefined) return known;
    const found = readText(path);
    if (found === undefined) return undefined;
    const before = previous?.seen.get(path);
    const kept = before !== undefined && isSameText(before, found) ? before : found;
    seen.set(path, kept);
    return kept;
  };
  return { read, seen };
}

function isSameText(left: TextFile, right: TextFile): boolean {
  if (left.state === 'text') return right.state === 'text' && left.blobId === right.blobId;
  return right.state === 'refused' && left.reason === right.reason;
}

/** What an object's `file` names: resolved again on each run, to see whether it changed. */
export interface TextReference {
  readonly path: string | undefined;
  readonly file: TextFile | undefined;
}

/** Undefined for an object with inline text. */
export function findText(object: TextObject, texts: TextTable): TextReference | undefined {
  const { file } = object.value.spec;
  if (file === undefined) return undefined;
  const path = resolveRepositoryPath(object.path, file);
  return { path, file: path === undefined ? undefined : texts.read(path) };
}

export function isSameReference(
  left: TextReference | undefined,
  right: TextReference | undefined,
): boolean {
  return left?.path === right?.path && left?.file === right?.file;
}

const refusals = {
  binary: 'is not UTF-8 text',
  'too-large': 'is too large',
  link: 'is a symbolic link or a submodule',
} as const;

/** Adds a fault and gives an empty text when the file cannot be used. */
export function textOf(
  object: TextObject,
  reference: TextReference | undefined,
  list: FaultList,
): string {
  const { content, file: name } = object.value.spec;
  if (reference === undefined) return content ?? '';
  const { path, file } = reference;
  if (path === undefined) {
    list.add('SPEC_FILE_OUTSIDE', '/spec/file', `${name} leads out of the repository`, {
      hint: 'files are named relative to the YAML file, inside the repository',
    });
  } else if (file === undefined) {
    const hint = `files are named relative to the YAML file: looked for ${path}`;
    list.add('SPEC_FILE_MISSING', '/spec/file', `there is no file ${name}`, { hint });
  } else if (file.state === 'refused') {
    list.add('SPEC_FILE_REFUSED', '/spec/file', `${path} ${refusals[file.reason]}`);
  } else {
    return file.text;
  }
  return '';
}

/** Every path that resolving these files asks for, so that a caller can read them beforehand. */
export function listTextReferences(files: Iterable<LoadedFile>): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const { objects } of files) {
    for (const object of objects) {
      if (!isKind(object, 'Config') && !isKind(object, 'Template')) continue;
      const { file } = object.value.spec;
      const path = file === undefined ? undefined : resolveRepositoryPath(object.path, file);
      if (path !== undefined) paths.add(path);
    }
  }
  return paths;
}
