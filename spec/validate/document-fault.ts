/** A fault inside one document, before it is known where the document's text stands. */

import type { KindName } from '../../schemas/kinds.ts';
import type { Fault } from '../fault.ts';
import { explainPath, nameField, splitPointer } from './field-path.ts';
import type { Violation } from './validators.ts';

type FaultText = Pick<Fault, 'code' | 'message' | 'suggestion' | 'hint' | 'isSecret'>;

export interface DocumentFault extends FaultText {
  readonly pointer: string;
  readonly at: 'key' | 'value';
  /** Fields, as pointers, that are missing. */
  readonly missing?: readonly string[];
  /** Fields, as pointers, that this fault accounts for: that they are missing is no fault of its own. */
  readonly explains?: readonly string[];
}

export interface ViolationContext {
  readonly kind: KindName;
  /** The text at a place of the document, as it was written. */
  readonly writtenAt: (pointer: string) => string | undefined;
}

export type Explain = (violation: Violation, context: ViolationContext) => DocumentFault;

/** `` `port` in Service.spec.servants[0] ``; an item of a list by its full path. */
export function subject(kind: string, pointer: string): string {
  const parts = splitPointer(pointer);
  const last = parts.at(-1);
  if (last === undefined) return kind;
  if (/^\d+$/.test(last)) return nameField(kind, pointer);
  return `\`${last}\` in ${nameField(kind, pointer.slice(0, pointer.lastIndexOf('/')))}`;
}

/** What to do, and the command that tells more. */
export function withExplain(kind: KindName, pointer: string, words = ''): string {
  const command = `tarsctl explain ${explainPath(kind, pointer)}`;
  return words === '' ? `see ${command}` : `${words}      ${command}`;
}
