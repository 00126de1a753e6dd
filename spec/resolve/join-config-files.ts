/** Makes one text of the levels of a configuration file: text behind text as TARS does, or by structure. */

import { mergeTexts } from '../configs/config-format.ts';
import type { FileSource } from '../desired-state.ts';
import type { ConfigFile } from './config-groups.ts';
import type { ConfigText } from './resolve-config-unit.ts';

export interface JoinedFile {
  readonly content: string;
  readonly sources: readonly FileSource[];
}

/** Between two texts; see ConfigServer of TARS. */
const separator = '\r\n\r\n';

/**
 * Levels from the widest to the narrowest, at least one, all with the same `merge`; what comes later
 * wins. The references of a level come before it.
 */
export function joinLevels(
  fileName: string,
  levels: readonly ConfigFile[],
  hash: (text: string) => string,
): JoinedFile {
  const texts = levels.flatMap(({ own, references }) => [...references, own]);
  const isDeep = levels[0]?.own.object.value.spec.merge === 'deep';
  if (!isDeep || texts.length === 1) return concatenate(texts);
  const content = mergeTexts(
    fileName,
    texts.map(({ text }) => text),
  );
  const sources = texts.map((text) => ({
    ...sourceOf(text, 1),
    digest: `sha256:${hash(text.text)}`,
  }));
  return { content, sources };
}

function concatenate(texts: readonly ConfigText[]): JoinedFile {
  const sources: FileSource[] = [];
  let content = '';
  let line = 1;
  for (const [position, text] of texts.entries()) {
    if (position > 0) {
      content += separator;
      line += 2;
    }
    sources.push(sourceOf(text, line));
    content += text.text;
    line += countBreaks(text.text);
  }
  return { content, sources };
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

function countBreaks(text: string): number {
  let breaks = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) breaks += 1;
  return breaks;
}
