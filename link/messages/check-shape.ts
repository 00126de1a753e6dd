/** Checks a decoded value against a shape and says in one sentence what is wrong, and where. */

import type { Fields, NumberShape, Shape } from './shape.ts';

/** The place of the first wrong value, such as `instances[3].phase must be one of …`. */
export function checkShape(shape: Shape, value: unknown, place = 'message'): string | undefined {
  switch (shape.kind) {
    case 'text':
      if (typeof value !== 'string') return `${place} must be text`;
      return value.length > shape.lengthMax
        ? `${place} is longer than ${shape.lengthMax} characters`
        : undefined;
    case 'number':
      return checkNumber(shape, value, place);
    case 'flag':
      return typeof value === 'boolean' ? undefined : `${place} must be true or false`;
    case 'choice':
      return typeof value === 'string' && shape.values.includes(value)
        ? undefined
        : `${place} must be one of ${shape.values.join(', ')}`;
    case 'list':
      return checkList(shape, value, place);
    case 'dictionary':
      return checkDictionary(shape, value, place);
    case 'either':
      return shape.options.some((option) => checkShape(option, value, place) === undefined)
        ? undefined
        : `${place} has none of the ${shape.options.length} allowed forms`;
    case 'object':
      return checkObject(shape, value, place);
  }
}

function checkNumber(shape: NumberShape, value: unknown, place: string): string | undefined {
  const isRight =
    typeof value === 'number' &&
    (shape.integer ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= shape.min &&
    value <= shape.max;
  if (isRight) return undefined;
  const kind = shape.integer ? 'a whole number' : 'a number';
  return `${place} must be ${kind} from ${shape.min} to ${shape.max}`;
}

type Of<Kind extends Shape['kind']> = Extract<Shape, { kind: Kind }>;

function checkList(shape: Of<'list'>, value: unknown, place: string): string | undefined {
  if (!Array.isArray(value)) return `${place} must be a list`;
  if (value.length > shape.countMax) return `${place} has more than ${shape.countMax} items`;
  for (const [index, item] of value.entries()) {
    const fault = checkShape(shape.item, item, `${place}[${index}]`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shortened(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}

function checkDictionary(
  shape: Of<'dictionary'>,
  value: unknown,
  place: string,
): string | undefined {
  if (!isObject(value)) return `${place} must be a dictionary`;
  const keys = Object.keys(value);
  if (keys.length > shape.countMax) return `${place} has more than ${shape.countMax} keys`;
  for (const key of keys) {
    if (key.length > shape.keyLengthMax) return `${place} has a key that is too long`;
    const fault = checkShape(shape.item, value[key], `${place}.${shortened(key)}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function fieldOf(fields: Fields, name: string): Shape | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function checkObject(shape: Of<'object'>, value: unknown, place: string): string | undefined {
  if (!isObject(value)) return `${place} must be an object`;
  for (const name of Object.keys(shape.required)) {
    if (!Object.hasOwn(value, name)) return `${place}.${name} is missing`;
  }
  for (const [name, field] of Object.entries(value)) {
    const fieldShape = fieldOf(shape.required, name) ?? fieldOf(shape.optional, name);
    if (fieldShape === undefined) return `${place}.${shortened(name)} is not known`;
    const fault = checkShape(fieldShape, field, `${place}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
