/** The text of a Config or Template: written inline, or in a file of the repository. */

import { isKind, type ObjectOf } from '../kind-of.ts';
import type { LoadedFile } from '../repository.ts';
import type { FaultList } from './outcome.ts';
import { resolveRepositoryPath } from './resolve-path.ts';
import type { TextFile } from './resolved.ts';

type TextObject = ObjectOf<'Config'> | ObjectOf<'Template'>;

export type ReadText = (path: string) => TextFile | undefined;

/** What an object's `file` names: resolved again on each run, to see whether it changed. */
export interface TextReference {
  readonly path: string | undefined;
  readonly file: TextFile | undefined;
}

/** Undefined for an object with inline text. */
export function findText(object: TextObject, readText: ReadText): TextReference | undefined {
  const { file } = object.value.spec;
  if (file === undefined) return undefined;
  const path = resolveRepositoryPath(object.path, file);
  return { path, file: path === undefined ? undefined : readText(path) };
}

export function isSameReference(
  left: TextReference | undefined,
  right: TextReference | undefined,
): boolean {
  return left?.path === right?.path && isSameText(left?.file, right?.file);
}

function isSameText(left: TextFile | undefined, right: TextFile | undefined): boolean {
  if (left === right || left === undefined || right === undefined) return left === right;
  if (left.state === 'text') return right.state === 'text' && left.blobId === right.blobId;
  return right.state === 'refused' && left.reason === right.reason;
}

/** Whether the files that these objects name say what they said before. */
export function areTextsSame(
  references: readonly (TextReference | undefined)[],
  readText: ReadText,
): boolean {
  return references.every((reference) => {
    if (reference?.path === undefined) return true;
    return isSameText(reference.file, readText(reference.path));
  });
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
