/** What an agent of an older protocol version is not told: it takes nothing that it does not know. */

import type { LockResult, Welcome } from '../../link/messages/messages.ts';

const identityVersion = 3;
const heldVersion = 4;

export function knowsTokens(spoken: number): boolean {
  return spoken >= heldVersion;
}

export function welcomeFor(spoken: number, welcome: Omit<Welcome, 'type'>): Welcome {
  const { heartbeatMs, packagesPath } = welcome;
  if (spoken < identityVersion) return { type: 'welcome', heartbeatMs, packagesPath };
  const { tellHeld: _tellHeld, token: _token, ...older } = welcome;
  return { type: 'welcome', ...(spoken < heldVersion ? older : welcome) };
}

export function lockResultFor(spoken: number, result: Omit<LockResult, 'type'>): LockResult {
  const { epoch: _epoch, ...older } = result;
  return { type: 'lock-result', ...(spoken < heldVersion ? older : result) };
}
