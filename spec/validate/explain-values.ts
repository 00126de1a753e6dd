/** Faults about the values of fields: wrong type, unknown, out of range, empty, twice. */

import type { JsonSchema } from '../../schemas/json-schema.ts';
import type { DocumentFault, Explain } from './document-fault.ts';
import { subject, withExplain } from './document-fault.ts';
import { joinPointer } from './field-path.ts';
import { nearest } from './nearest.ts';
import type { Violation } from './validators.ts';
import {
  describeActual,
  describeExpected,
  listChoices,
  shorten,
  showValue,
  typeWord,
  writeInline,
} from './wording.ts';

function dataOf(violation: Violation): unknown {
  return violation.data;
}

function takesNumbers(schema: JsonSchema): boolean {
  const types = (schema.oneOf ?? [schema]).map(({ type }) => type);
  return types.includes('integer') || types.includes('number');
}

const decimal = /^-?\d+(\.\d+)?$/;

export const wrongType: Explain = (violation, { kind, writtenAt }) => {
  const pointer = violation.instancePath;
  const data = dataOf(violation);
  const schema = violation.parentSchema;
  const expected = schema.oneOf === undefined ? typeWord(schema.type) : describeExpected(schema);
  const what = subject(kind, pointer);
  const fault: DocumentFault = {
    code: 'SPEC_WRONG_TYPE',
    message: `${what} must be ${expected}, not ${describeActual(data)}`,
    pointer,
    at: 'value',
  };
  if (data === null) {
    const hint = withExplain(kind, pointer, `it must be ${expected}`);
    return { ...fault, message: `${what} has no value`, at: 'key', hint };
  }
  const written = writtenAt(pointer) ?? showValue(data);
  if (schema.type === 'string' && typeof data !== 'object') {
    const suggestion = `write ${JSON.stringify(written)}`;
    const isVersion = pointer.endsWith('/version');
    if (!isVersion) return { ...fault, suggestion };
    return {
      ...fault,
      message: `${what} is a number: versions must be quoted strings`,
      suggestion,
    };
  }
  if (takesNumbers(schema) && typeof data === 'string' && decimal.test(data)) {
    return { ...fault, suggestion: `write ${data} without quotes` };
  }
  if (schema.items?.type === 'string' && typeof data !== 'object') {
    return { ...fault, suggestion: `write [${shorten(written)}]` };
  }
  if (schema.type === 'array') {
    return { ...fault, at: 'key', hint: withExplain(kind, pointer, 'begin each item with `- `') };
  }
  return { ...fault, hint: withExplain(kind, pointer) };
};

/** A value of a type that a union knows, such as a number or `auto`, but not this one. */
export const wrongAlternative: Explain = (violation, context) => {
  const data = dataOf(violation);
  const schema = violation.parentSchema;
  if (typeof data === 'number') return outOfRange(violation, context);
  if (typeof data !== 'string' || decimal.test(data)) return wrongType(violation, context);
  const constants = (schema.oneOf ?? []).flatMap(({ const: only }) => only ?? []);
  const meant = nearest(data, constants.map(String));
  const code = constants.length > 0 ? 'SPEC_UNKNOWN_VALUE' : 'SPEC_INVALID_FORMAT';
  const what = subject(context.kind, violation.instancePath);
  return {
    code,
    message: `${what} must be ${describeExpected(schema)}, not ${showValue(data)}`,
    pointer: violation.instancePath,
    at: 'value',
    ...(meant === undefined ? {} : { suggestion: `did you mean \`${meant}\`?` }),
  };
};

export const unknownValue: Explain = (violation, { kind }) => {
  const data = dataOf(violation);
  const choices = (violation.parentSchema.enum ?? [violation.parentSchema.const]).map(String);
  const meant = typeof data === 'string' ? nearest(data, choices) : undefined;
  const what = subject(kind, violation.instancePath);
  return {
    code: 'SPEC_UNKNOWN_VALUE',
    message: `${what} must be ${listChoices(choices)}, not ${showValue(data)}`,
    pointer: violation.instancePath,
    at: 'value',
    ...(meant === undefined ? {} : { suggestion: `did you mean \`${meant}\`?` }),
  };
};

export const wrongForm: Explain = (violation, { kind }) => {
  const pointer = violation.instancePath;
  const isName = pointer === '/metadata/name';
  const data = showValue(dataOf(violation));
  const says = violation.parentSchema['x-pattern-says'] ?? 'another form';
  return {
    code: isName ? 'SPEC_INVALID_NAME' : 'SPEC_INVALID_FORMAT',
    message: isName
      ? `${data} cannot be the name of a ${kind}`
      : `${subject(kind, pointer)} cannot be ${data}`,
    pointer,
    at: 'value',
    hint: `must be ${says}`,
  };
};

export const outOfRange: Explain = (violation, { kind }) => {
  const expected = describeExpected(violation.parentSchema);
  const what = subject(kind, violation.instancePath);
  return {
    code: 'SPEC_OUT_OF_RANGE',
    message: `${what} must be ${expected}, not ${writeInline(dataOf(violation))}`,
    pointer: violation.instancePath,
    at: 'value',
  };
};

export const tooLong: Explain = (violation, { kind }) => {
  const max = Number(violation.params['limit']).toLocaleString('en');
  return {
    code: 'SPEC_TEXT_TOO_LONG',
    message: `${subject(kind, violation.instancePath)} has more than ${max} characters`,
    pointer: violation.instancePath,
    at: 'value',
  };
};

export const tooMany: Explain = (violation, { kind }) => {
  const items = violation.keyword === 'maxItems';
  const max = Number(violation.params['limit']).toLocaleString('en');
  const what = subject(kind, violation.instancePath);
  return {
    code: items ? 'SPEC_TOO_MANY_ITEMS' : 'SPEC_TOO_MANY_KEYS',
    message: `${what} has more than ${max} ${items ? 'items' : 'keys'}`,
    pointer: violation.instancePath,
    at: 'key',
  };
};

export const empty: Explain = (violation, { kind }) => ({
  code: 'SPEC_EMPTY',
  message: `${subject(kind, violation.instancePath)} is empty`,
  pointer: violation.instancePath,
  at: 'key',
  hint: withExplain(kind, violation.instancePath, 'fill it in, or remove it'),
});

export const duplicateItem: Explain = (violation, { kind }) => {
  const later = Math.max(Number(violation.params['i']), Number(violation.params['j']));
  return {
    code: 'SPEC_DUPLICATE_ITEM',
    message: `${subject(kind, violation.instancePath)} holds the same item twice`,
    pointer: joinPointer(violation.instancePath, String(later)),
    at: 'value',
    hint: 'keep one of the two',
  };
};
