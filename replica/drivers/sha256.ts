/** The hash function that drivers chain entries with. */

import { hash as cryptoHash } from 'node:crypto';

/** Lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return cryptoHash('sha256', bytes, 'hex');
}
