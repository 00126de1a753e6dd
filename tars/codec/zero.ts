/** The value of a field that nobody set. */

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
