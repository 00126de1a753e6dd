/** The pages of the documentation, and the code blocks in them. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface CodeBlock {
  /** Relative to the project, with `/`. */
  readonly page: string;
  /** Of the first line inside the block, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** Pages for users, relative to the project; notes are part of the pages that are made from them. */
export function listPages(): string[] {
  const found = globSync('docs/**/*.md', { cwd: root }).filter((page) => !page.includes('/notes/'));
  return ['README.md', ...found].toSorted();
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

export function codeBlocks(page: string): CodeBlock[] {
  const text = readPage(page);
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length + 1,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));
}
