/** Faults about which fields are there: unknown, missing, one of several, one without the other. */

import type { Explain } from './document-fault.ts';
import { subject, withExplain } from './document-fault.ts';
import { joinPointer, nameField, placesOfField, schemaAt } from './field-path.ts';
import { nearest } from './nearest.ts';
import { listChoices, shorten, writeInline } from './wording.ts';

const shownFieldsMax = 16;

export const unknownField: Explain = (violation, { kind }) => {
  const pointer = violation.instancePath;
  const field = String(violation.params['additionalProperty']);
  const known = Object.keys(violation.parentSchema.properties ?? {});
  const more = known.length > shownFieldsMax ? ', …' : '';
  const shown = known.slice(0, shownFieldsMax).join(', ') + more;
  const fault = {
    code: 'SPEC_UNKNOWN_FIELD',
    message: `unknown field \`${shorten(field)}\` in ${nameField(kind, pointer)}`,
    pointer: joinPointer(pointer, field),
    at: 'key',
    hint: withExplain(kind, pointer, `known here: ${shown}`),
  } as const;
  // A field that is written right and stands in the wrong place is more likely than a typing error.
  const [home, ...others] = placesOfField(kind, field);
  if (home !== undefined && others.length === 0) {
    const suggestion = `it belongs in ${nameField(kind, home).replaceAll('["*"]', '[]')}`;
    return { ...fault, suggestion, explains: [home, joinPointer(home, field)] };
  }
  const meant = nearest(field, known);
  if (meant === undefined) return fault;
  const explains = [joinPointer(pointer, meant)];
  return { ...fault, suggestion: `did you mean \`${meant}\`?`, explains };
};

export const missingField: Explain = (violation, { kind }) => {
  const pointer = violation.instancePath;
  const field = String(violation.params['missingProperty']);
  const missing = joinPointer(pointer, field);
  const schema = schemaAt(kind, missing);
  const example = schema?.const ?? schema?.examples?.[0];
  const words = example === undefined ? '' : `for example \`${field}: ${writeInline(example)}\``;
  return {
    code: 'SPEC_MISSING_FIELD',
    message: `\`${field}\` is missing in ${nameField(kind, pointer)}`,
    pointer,
    at: 'key',
    hint: withExplain(kind, missing, words),
    missing: [missing],
  };
};

export const chooseOne: Explain = (violation, { kind }) => {
  const { data } = violation as { data?: unknown };
  const pointer = violation.instancePath;
  const choices = (violation.parentSchema.oneOf ?? []).flatMap((branch) => branch.required ?? []);
  const given = choices.filter((field) => Object.hasOwn(data as object, field));
  const second = given[1];
  const name = nameField(kind, pointer);
  if (second === undefined) {
    return {
      code: 'SPEC_CHOOSE_ONE',
      message: `${name} needs ${listChoices(choices)}`,
      pointer,
      at: 'key',
      hint: withExplain(kind, pointer),
      missing: choices.map((field) => joinPointer(pointer, field)),
    };
  }
  const both = given.map((field) => `\`${field}\``).join(' and ');
  return {
    code: 'SPEC_CHOOSE_ONE',
    message: `${name} has ${both}, and may have only one of them`,
    pointer: joinPointer(pointer, second),
    at: 'key',
    hint: `keep ${listChoices(given)}`,
  };
};

export const needsOther: Explain = (violation, { kind }) => {
  const property = String(violation.params['property']);
  const other = String(violation.params['missingProperty']);
  const pointer = joinPointer(violation.instancePath, property);
  return {
    code: 'SPEC_FIELD_NEEDS_OTHER',
    message: `${subject(kind, pointer)} needs \`${other}\``,
    pointer,
    at: 'key',
    hint: `add \`${other}\`, or remove \`${property}\``,
    missing: [joinPointer(violation.instancePath, other)],
    // That none of several fields is there follows from the one that this field asks for.
    explains: [joinPointer(violation.instancePath, other)],
  };
};

export const wrongKey: Explain = (violation, { kind }) => {
  const key = String(violation.params['propertyName']);
  const says = violation.parentSchema.propertyNames?.['x-pattern-says'] ?? 'another name';
  return {
    code: 'SPEC_INVALID_KEY',
    message: `\`${shorten(key)}\` cannot be a key in ${nameField(kind, violation.instancePath)}`,
    pointer: joinPointer(violation.instancePath, key),
    at: 'key',
    hint: `must be ${says}`,
  };
};
