/** What became of one object: usable, or held back by one root cause. */

import type { Fault, FaultPlace, ObjectRef } from '../fault.ts';
import type { FaultCode } from '../fault-codes.ts';
import type { LoadedObject } from '../repository.ts';

/** Why an object is not in force as written. */
export interface Hold {
  readonly code: string;
  readonly message: string;
  /** The object, or the file, whose own fault it is. */
  readonly root: ObjectRef;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly hold: Hold };

export function usable<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function heldBy(hold: Hold): Outcome<never> {
  return { ok: false, hold };
}

/** Whether what depends on `left` may be kept for `right`. */
export function isSameOutcome(left: Outcome<unknown> | undefined, right: typeof left): boolean {
  if (left === right) return true;
  if (left === undefined || right === undefined) return false;
  if (left.ok && right.ok) return left.value === right.value;
  return !left.ok && !right.ok && isSameHold(left.hold, right.hold);
}

export function isSameHold(left: Hold | undefined, right: Hold | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.code === right.code &&
    left.message === right.message &&
    left.root.kind === right.root.kind &&
    left.root.name === right.root.name
  );
}

export function refOf(object: { readonly kind: string; readonly name: string }): ObjectRef {
  return { kind: object.kind, name: object.name };
}

/** By file, then by position. */
export function byPlace(left: LoadedObject, right: LoadedObject): number {
  if (left.path !== right.path) return left.path < right.path ? -1 : 1;
  return left.documentIndex - right.documentIndex;
}

export function placeOf(object: LoadedObject, pointer: string, at?: 'key' | 'value'): FaultPlace {
  const place = { path: object.path, documentIndex: object.documentIndex, pointer };
  return at === undefined ? place : { ...place, at };
}

/** Collects the faults of one object; the first error is what holds it. */
export class FaultList {
  readonly faults: Fault[] = [];
  readonly #object: LoadedObject;
  #hold: Hold | undefined;

  constructor(object: LoadedObject) {
    this.#object = object;
  }

  add(code: FaultCode, pointer: string, message: string, extra: FaultExtra = {}): void {
    this.addAt(code, placeOf(this.#object, pointer, extra.at), message, extra);
  }

  /** A fault of this object that does not stand in its document. */
  addAt(code: FaultCode, place: FaultPlace, message: string, extra: FaultExtra = {}): void {
    const { severity = 'error', at: _at, ...rest } = extra;
    const object = refOf(this.#object);
    this.faults.push({ code, severity, message, place, object, ...rest });
    if (severity === 'error') this.#hold ??= { code, message, root: object };
  }

  /** Something that this object depends on is held: no fault of its own. */
  dependsOn(hold: Hold): void {
    this.#dependency ??= hold;
  }

  #dependency: Hold | undefined;

  /** Its own fault wins over that of what it depends on. */
  get hold(): Hold | undefined {
    return this.#hold ?? this.#dependency;
  }
}

export interface FaultExtra {
  readonly severity?: 'error' | 'warning';
  readonly at?: 'key' | 'value';
  readonly suggestion?: string;
  readonly hint?: string;
  readonly related?: NonNullable<Fault['related']>;
  readonly isSecret?: boolean;
}

/** One step of a JSON pointer (RFC 6901). */
export function pointerStep(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
