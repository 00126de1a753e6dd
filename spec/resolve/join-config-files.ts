/** Joins the levels of each configuration file as TARS does: text behind text. */

import type { FileSource, RenderedFile } from '../desired-state.ts';
import type { ConfigText } from './resolve-config-unit.ts';

/** Between two levels; see ConfigServer of TARS. */
const separator = '\r\n\r\n';

/** Levels from the widest to the narrowest, so that what a narrower one says comes later. */
export function joinLevels(path: string, levels: readonly ConfigText[]): RenderedFile {
  let content = '';
  const sources: FileSource[] = [];
  for (const [position, level] of levels.entries()) {
    if (position > 0) content += separator;
    sources.push(sourceOf(level, countLines(content)));
    content += level.text;
  }
  return { path, content, sources };
}

function sourceOf({ object, textPath }: ConfigText, renderedLine: number): FileSource {
  const inline = textPath === undefined;
  return {
    config: object.name,
    path: textPath ?? object.path,
    line: inline ? object.line : 1,
    inline,
    renderedLine,
  };
}

/** 1-based line that the next character would be on. */
function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
