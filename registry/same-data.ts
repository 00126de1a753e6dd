/** Structural equality of plain data, so that unchanged records can keep their identity. */

type PlainObject = Readonly<Record<string, unknown>>;

function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sameArray(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((item, index) => sameData(item, right[index]));
}

function sameObject(left: PlainObject, right: PlainObject): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && sameData(left[key], right[key]));
}

/** Order of keys does not matter; an absent key and `undefined` differ. */
export function sameData(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (Array.isArray(left)) return Array.isArray(right) && sameArray(left, right);
  if (isPlainObject(left)) return isPlainObject(right) && sameObject(left, right);
  return false;
}

/** The old value when the new one says the same: comparing by identity stays cheap. */
export function keepIdentity<Value>(old: Value | undefined, next: Value): Value {
  return old !== undefined && sameData(old, next) ? old : next;
}
