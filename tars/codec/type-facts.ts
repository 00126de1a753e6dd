/** What follows from a type alone: its zero, and the least that it takes on the wire. */

import type { TarsType } from './types.ts';

const zeros = {
  bool: false,
  int8: 0,
  uint8: 0,
  int16: 0,
  uint16: 0,
  int32: 0,
  uint32: 0,
  int64: 0n,
  float: 0,
  double: 0,
  string: '',
} as const;

/** A new value on each call, so that no two owners share a container. */
export function zeroOf({ node }: TarsType): unknown {
  switch (node.kind) {
    case 'list':
      return [];
    case 'map':
      return new Map();
    case 'bytes':
      return new Uint8Array(0);
    case 'struct':
      return Object.fromEntries(
        node.fields.map(({ name, type, defaultValue }) => [name, defaultValue ?? zeroOf(type)]),
      );
    default:
      return zeros[node.kind];
  }
}

/** Lists, maps and bytes: absent on the wire, they are empty, even when they are required. */
export function isContainer({ node }: TarsType): boolean {
  return node.kind === 'list' || node.kind === 'map' || node.kind === 'bytes';
}

/** The fewest bytes that a value of this type takes, its head included. */
export function bytesMin({ node }: TarsType): number {
  switch (node.kind) {
    case 'string':
    case 'list':
    case 'map':
    case 'bytes':
      return 2;
    case 'struct': {
      const needed = node.fields.filter((field) => field.required && !isContainer(field.type));
      return needed.reduce((sum, { type }) => sum + bytesMin(type), 2);
    }
    default:
      return 1;
  }
}
