/** Configuration files of two revisions → which differ, by how many lines, and where that is written. */

import type {
  FileSource,
  InstanceRevision,
  Origin,
  RenderedFile,
  ServedFile,
} from '../desired-state.ts';
import { compareFields } from './compare-fields.ts';
import { compareLines } from './line-difference.ts';
import type { FieldChange } from './plan.ts';

/** A file that is both written and served is told once. */
export function compareConfigs(from: InstanceRevision, to: InstanceRevision): FieldChange[] {
  const written = compareFiles(from.files, to.files);
  const told = new Set(written.map(({ path }) => path));
  const [before, after] = [from.served ?? [], to.served ?? []];
  const served = compareFiles(before.map(asFile), after.map(asFile));
  return [
    ...written,
    ...served.filter(({ path }) => !told.has(path)),
    ...after.flatMap((file) =>
      compareRest(
        before.find(({ name }) => name === file.name),
        file,
      ),
    ),
  ].toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

function asFile({ name, content, sources }: ServedFile): RenderedFile {
  return { path: name, content, ...(sources && { sources }) };
}

/** What a file whose text stays may answer differently. */
function compareRest(from: ServedFile | undefined, to: ServedFile): FieldChange[] {
  if (from === undefined || from.content !== to.content) return [];
  const { added, removed } = compareLines(from.appContent ?? '', to.appContent ?? '');
  const isSame = from.appContent === to.appContent;
  return [
    ...(isSame
      ? []
      : [{ path: `config ${to.name} of the application`, lines: { added, removed } }]),
    ...compareFields(from.levels.join(', '), to.levels.join(', '), `config ${to.name} levels`),
  ];
}

function compareFiles(from: readonly RenderedFile[], to: readonly RenderedFile[]): FieldChange[] {
  const paths = new Set([...from, ...to].map(({ path }) => path));
  return [...paths].flatMap((path) => {
    const before = from.find((file) => file.path === path);
    const after = to.find((file) => file.path === path);
    if (before?.content === after?.content) return [];
    const { added, removed, line } = compareLines(before?.content ?? '', after?.content ?? '');
    const place = placeOf(before, after, line);
    return [{ path: `config ${path}`, lines: { added, removed, ...(place && { place }) } }];
  });
}

function placeOf(
  before: RenderedFile | undefined,
  after: RenderedFile | undefined,
  line: number,
): Origin | undefined {
  const { sources = [] } = after ?? before ?? {};
  if (!sources.some(({ digest }) => digest !== undefined)) return lineOf(after ?? before, line);
  const known = new Set(before?.sources?.map(({ config, digest }) => `${config} ${digest}`));
  const other = sources.find(({ config, digest }) => !known.has(`${config} ${digest}`));
  const { path, line: first } = other ?? sources.at(-1) ?? {};
  return path === undefined || first === undefined ? undefined : { path, line: first };
}

/** Where a line of a joined file is written; of an inline text, only where its object begins. */
function lineOf(file: RenderedFile | undefined, line: number): Origin | undefined {
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
