/** Two values of the same kind → the fields that differ, by their paths. */

import type { FieldChange } from './plan.ts';

/** Plain data: objects field by field; what comes or goes, and lists, as a whole. */
export function compareFields(from: unknown, to: unknown, path = ''): FieldChange[] {
  if (from === to) return [];
  if (isRecord(from) && isRecord(to)) {
    const keys = new Set([...Object.keys(from), ...Object.keys(to)]);
    return [...keys].flatMap((key) => compareFields(from[key], to[key], join(path, key)));
  }
  if (Array.isArray(from) && Array.isArray(to) && JSON.stringify(from) === JSON.stringify(to)) {
    return [];
  }
  return [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
