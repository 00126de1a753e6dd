/** Reports what is wrong in a text of an object, at its line and column: inline, or in the file that it names. */

import type { TextFault } from '../configs/text-format.ts';
import type { FaultPlace } from '../fault.ts';
import type { LoadedObject } from '../repository.ts';
import { placeOf, type FaultList } from './outcome.ts';

export interface WrittenText {
  readonly text: string;
  /** Where the text stands when it is not inline. */
  readonly textPath?: string | undefined;
  /** The field that holds it when it is inline. */
  readonly pointer: string;
}

interface SyntaxFault {
  readonly fault: TextFault;
  /** `main.conf is no valid TARS text`. */
  readonly what: string;
  readonly hint: string;
}

export function addSyntaxFault(
  object: LoadedObject,
  { text, textPath, pointer }: WrittenText,
  { fault, what, hint }: SyntaxFault,
  list: FaultList,
): void {
  const { offset, length = 1, message } = fault;
  const place: FaultPlace =
    textPath === undefined
      ? { ...placeOf(object, pointer), within: lineAndColumn(text, offset, length) }
      : { path: textPath, range: { start: offset, end: offset + length } };
  const { line } = place.within ?? { line: 1 };
  const inText = line === 1 ? '' : ` (line ${line} of the text)`;
  list.addAt('SPEC_CONFIG_SYNTAX', place, `${what}: ${message}${inText}`, {
    hint,
    ...(textPath !== undefined && {
      related: [
        {
          place: placeOf(object, '/spec/file'),
          message: `${object.kind} ${object.name} uses it`,
        },
      ],
    }),
  });
}

function lineAndColumn(text: string, offset: number, length: number) {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1, length };
}
