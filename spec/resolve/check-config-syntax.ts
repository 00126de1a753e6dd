/** Checks the text of a Config that is merged by structure. */

import { checkText, formatOf } from '../configs/config-format.ts';
import type { ObjectOf } from '../kind-of.ts';
import { addSyntaxFault } from './add-syntax-fault.ts';
import type { FaultList } from './outcome.ts';

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
  const what = `${fileName} is no valid ${formatOf(fileName).name} text`;
  const hint =
    '`merge: deep` reads a text as the ending of `fileName` says: .json, .yaml, .toml; all others are TARS text';
  addSyntaxFault(object, { text, textPath, pointer: '/spec/content' }, { fault, what, hint }, list);
}
