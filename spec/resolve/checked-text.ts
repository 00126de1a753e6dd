/** A text that the configuration of a TARS service is merged from, checked once for as long as it stays. */

import { checkConfigTags } from '../../tars/config/check-config-text.ts';
import type { TextFault } from '../configs/text-format.ts';
import type { LoadedObject } from '../repository.ts';
import { addSyntaxFault, type WrittenText } from './add-syntax-fault.ts';
import type { FaultList } from './outcome.ts';

export interface CheckedText {
  readonly text: string;
  /** Of the tags alone: a value that some library refuses may be for others. */
  readonly fault: TextFault | undefined;
}

export function checkOnce(text: string, before: CheckedText | undefined): CheckedText {
  return before?.text === text ? before : { text, fault: checkConfigTags(text) };
}

/** `what`: whose text it is, such as `Template base`. */
export function reportTags(
  object: LoadedObject,
  { text, fault }: CheckedText,
  { what, ...written }: Omit<WrittenText, 'text'> & { readonly what: string },
  list: FaultList,
): void {
  if (fault === undefined) return;
  const hint = 'a section is `<name>` … `</name>`, each of the two on a line of its own';
  const syntax = { fault, what: `${what} is no valid TARS text`, hint };
  addSyntaxFault(object, { ...written, text }, syntax, list);
}
