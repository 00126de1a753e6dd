/** Objects for lookup tests, with everything that a test does not care about filled in. */

import type { LookupEndpoint, LookupObject } from '../../../registry/lookup/lookup-model.ts';
import { nodeOfInstance } from '../../../registry/instance-id.ts';

export function lookupEndpoint(
  instance: string,
  parts: Partial<LookupEndpoint> = {},
): LookupEndpoint {
  return {
    instance,
    node: nodeOfInstance(instance),
    host: '10.0.0.1',
    port: 9_001,
    timeoutMs: 3_000,
    transport: 'tcp',
    weight: 100,
    authenticated: false,
    grouped: false,
    active: true,
    ...parts,
  };
}

export function lookupObject(
  name: string,
  endpoints: readonly LookupEndpoint[] = [],
): LookupObject {
  return { name, endpoints };
}
