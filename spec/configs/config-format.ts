/** The formats that levels of a configuration file can be merged in by structure. */

import { jsonFormat } from './json-format.ts';
import { tarsFormat } from './tars-format.ts';
import type { TextFormat } from './text-format.ts';
import { tomlFormat } from './toml-format.ts';
import { yamlFormat } from './yaml-format.ts';

/** By the ending of the file's name; whatever has no format of its own is TARS text. */
export function formatOf(fileName: string): TextFormat {
  if (/\.json$/i.test(fileName)) return jsonFormat;
  if (/\.ya?ml$/i.test(fileName)) return yamlFormat;
  if (/\.toml$/i.test(fileName)) return tomlFormat;
  return tarsFormat;
}

/**
 * Later texts win key by key; lists are replaced. A text that says nothing is passed over, and one
 * that stands alone stays as it is written. Every text was checked before.
 */
export function mergeTexts(fileName: string, texts: readonly string[]): string {
  const saying = texts.filter((text) => text.trim() !== '');
  const [only] = saying;
  if (only === undefined || saying.length === 1) return only ?? '';
  return formatOf(fileName).merge(saying);
}

/** A text that says nothing is sound in every format. */
export function checkText(fileName: string, text: string): ReturnType<TextFormat['check']> {
  return text.trim() === '' ? undefined : formatOf(fileName).check(text);
}
