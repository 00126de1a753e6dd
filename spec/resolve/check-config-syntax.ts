/** Checks the text of a Config that is merged by structure. */

import { checkText, formatOf } from '../configs/config-format.ts';
import type { FaultPlace } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { placeOf, type FaultList } from './outcome.ts';

/** `textPath`: where the text stands when it is not inline. */
export function checkConfigSyntax(
  object: ObjectOf<'Config'>,
  text: string,
  textPath: string | undefined,
  list: FaultList,
): void {
  const { merge, fileName } = object.value.spec;
  if (merge !== 'deep') return;
  const fault = checkText(fileName, text);
  if (fault === undefined) return;
  const { offset, length = 1, message } = fault;
  const { name } = formatOf(fileName);
  const place: FaultPlace =
    textPath === undefined
      ? { ...placeOf(object, '/spec/content'), within: lineAndColumn(text, offset, length) }
      : { path: textPath, range: { start: offset, end: offset + length } };
  const { line } = place.within ?? { line: 1 };
  const inText = line === 1 ? '' : ` (line ${line} of the text)`;
  const what = `${fileName} is no valid ${name} text: ${message}${inText}`;
  list.addAt('SPEC_CONFIG_SYNTAX', place, what, {
    hint: '`merge: deep` reads a text as the ending of `fileName` says: .json, .yaml, .toml; all others are TARS text',
    ...(textPath !== undefined && {
      related: [{ place: placeOf(object, '/spec/file'), message: `Config ${object.name} uses it` }],
    }),
  });
}

function lineAndColumn(text: string, offset: number, length: number) {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1, length };
}
