/** One parsed document → its kind and name, as far as they can be told, and its faults. */

import { apiVersion, isKindName, kindNames, type KindName } from '../../schemas/kinds.ts';
import type { DocumentFault } from './document-fault.ts';
import { nearest } from './nearest.ts';
import { findRootCauses } from './root-causes.ts';
import { validateKind } from './validators.ts';
import { describeActual, showValue } from './wording.ts';

export interface ValidatedDocument {
  readonly kind?: KindName;
  /** As written; it may break the grammar of names, and then `faults` says so. */
  readonly name?: string;
  readonly faults: readonly DocumentFault[];
}

/** Fills in defaults, in place. `writtenAt` gives the text at a place as it was written. */
export function validateDocument(
  value: unknown,
  writtenAt: (pointer: string) => string | undefined,
): ValidatedDocument {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { faults: [notAnObject(value)] };
  }
  const document = value as Readonly<Record<string, unknown>>;
  const faults: DocumentFault[] = [];
  const version = checkApiVersion(document);
  if (version !== undefined) faults.push(version);
  const kind = document['kind'];
  if (typeof kind !== 'string' || !isKindName(kind)) {
    return { faults: [...faults, unknownKind(kind)] };
  }
  const violations = validateKind(kind, value).filter(
    ({ instancePath, params }) =>
      instancePath !== '/apiVersion' &&
      !(instancePath === '' && params['missingProperty'] === 'apiVersion'),
  );
  faults.push(...findRootCauses(violations, { kind, writtenAt }));
  const name = nameOf(document);
  return { kind, ...(name === undefined ? {} : { name }), faults };
}

/** Kind and name alone, for a document that is not worth validating. */
export function identify(value: unknown): Pick<ValidatedDocument, 'kind' | 'name'> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const document = value as Readonly<Record<string, unknown>>;
  const { kind } = document;
  const name = nameOf(document);
  if (typeof kind !== 'string' || !isKindName(kind)) return {};
  return { kind, ...(name === undefined ? {} : { name }) };
}

function nameOf({ metadata }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { name } = metadata as { name?: unknown };
  return typeof name === 'string' ? name : undefined;
}

function notAnObject(value: unknown): DocumentFault {
  return {
    code: 'SPEC_NOT_AN_OBJECT',
    message: `the document is ${describeActual(value)}, not an object`,
    pointer: '',
    at: 'value',
    hint: `a document begins with \`apiVersion: ${apiVersion}\`, \`kind:\`, \`metadata:\` and \`spec:\``,
  };
}

function checkApiVersion(document: Readonly<Record<string, unknown>>): DocumentFault | undefined {
  const found = document['apiVersion'];
  if (found === apiVersion) return undefined;
  const suggestion = `write \`apiVersion: ${apiVersion}\``;
  if (found === undefined) {
    const message = 'the document has no `apiVersion`';
    return { code: 'SPEC_API_VERSION', message, pointer: '', at: 'value', suggestion };
  }
  return {
    code: 'SPEC_API_VERSION',
    message: `the apiVersion ${showValue(found)} is not known`,
    pointer: '/apiVersion',
    at: 'value',
    suggestion,
  };
}

function unknownKind(found: unknown): DocumentFault {
  const hint = `known kinds: ${kindNames.join(', ')}      tarsctl explain`;
  const code = 'SPEC_UNKNOWN_KIND';
  if (found === undefined) {
    return { code, message: 'the document has no `kind`', pointer: '', at: 'value', hint };
  }
  const meant = typeof found === 'string' ? nearest(found, kindNames) : undefined;
  return {
    code,
    message: `unknown kind ${showValue(found)}`,
    pointer: '/kind',
    at: 'value',
    hint,
    ...(meant === undefined ? {} : { suggestion: `did you mean \`${meant}\`?` }),
  };
}
