/** Whether two servants ask for the same key. */

import type { ServantAuth } from '../desired-state.ts';

export function isSameAuth(left: ServantAuth | undefined, right: ServantAuth | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (left.accessKey !== right.accessKey) return false;
  const [one, other] = [left.secretKey, right.secretKey];
  if ('plain' in one) return 'plain' in other && one.plain === other.plain;
  if ('plain' in other) return false;
  return (
    one.secret === other.secret && one.key === other.key && one.ciphertext === other.ciphertext
  );
}
