/** Two revisions of an instance → what a person would call the change. */

import type {
  FileSource,
  InstanceRevision,
  Origin,
  RenderedFile,
  ServantAuth,
} from '../desired-state.ts';
import { compareFields } from './compare-fields.ts';
import { compareAuths } from './describe-auth.ts';
import { compareLines } from './line-difference.ts';
import type { FieldChange } from './plan.ts';

export function compareRevisions(from: InstanceRevision, to: InstanceRevision): FieldChange[] {
  const {
    files: oldFiles,
    template: oldTemplate,
    servants: oldServants,
    calls: _old,
    ...old
  } = from;
  const { files, template, servants, calls: _calls, ...rest } = to;
  return [
    ...compareFields(old, rest),
    ...compareFields(byName(oldServants), byName(servants), 'servants'),
    ...compareAuths(authsOf(from), authsOf(to)),
    ...compareTexts('template', oldTemplate, template),
    ...compareFiles(oldFiles, files),
  ];
}

/** A servant that moves in the list is the same servant. */
function byName(servants: InstanceRevision['servants']): Readonly<Record<string, unknown>> {
  return Object.fromEntries(servants.map(({ name, auth: _auth, ...rest }) => [name, rest]));
}

/** By path: keys that callers are asked for, and keys that this service was given. */
function authsOf({ servants, calls = [] }: InstanceRevision): ReadonlyMap<string, ServantAuth> {
  const auths = new Map<string, ServantAuth>();
  for (const { name, auth } of servants) if (auth) auths.set(`servants.${name}.auth`, auth);
  for (const { object, auth } of calls) auths.set(`calls.${object}.auth`, auth);
  return auths;
}

function compareTexts(
  path: string,
  from: string | undefined,
  to: string | undefined,
): FieldChange[] {
  if (from === to) return [];
  const { added, removed } = compareLines(from ?? '', to ?? '');
  return [{ path, lines: { added, removed } }];
}

function compareFiles(from: readonly RenderedFile[], to: readonly RenderedFile[]): FieldChange[] {
  const paths = new Set([...from, ...to].map(({ path }) => path));
  return [...paths].toSorted().flatMap((path) => {
    const before = from.find((file) => file.path === path);
    const after = to.find((file) => file.path === path);
    if (before?.content === after?.content) return [];
    const difference = compareLines(before?.content ?? '', after?.content ?? '');
    const { added, removed } = difference;
    const place = placeOf(after ?? before, difference.line);
    return [{ path: `config ${path}`, lines: { added, removed, ...(place && { place }) } }];
  });
}

/** Where a line of a rendered file is written; of an inline text, only where its object begins. */
function placeOf(file: RenderedFile | undefined, line: number): Origin | undefined {
  const lines = file?.content.split('\n') ?? [];
  let shown = Math.min(line, Math.max(1, lines.length - 1));
  // What stands between two sources belongs to the second one.
  while (lines[shown - 1] === '\r' && shown < lines.length) shown += 1;
  const isBefore = ({ renderedLine }: FileSource) => renderedLine <= shown;
  const source = file?.sources?.findLast(isBefore) ?? file?.sources?.[0];
  if (source === undefined) return undefined;
  const { path, line: first, inline, renderedLine } = source;
  return { path, line: inline ? first : first + Math.max(0, shown - renderedLine) };
}
