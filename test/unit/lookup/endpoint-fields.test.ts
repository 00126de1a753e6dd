/** Every field of EndpointF has the value that TARS libraries expect. */

import { expect, it } from 'vitest';
import { endpointFields } from '../../../registry/lookup/endpoint-fields.ts';
import type { AnsweredEndpoint } from '../../../registry/lookup/lookup-model.ts';
import { lookupEndpoint } from '../../support/link/lookup-objects.ts';

const endpoint: AnsweredEndpoint = {
  ...lookupEndpoint('A.One@n1', { host: '10.0.0.1', port: 9_001, timeoutMs: 60_000, weight: 40 }),
  groupWorkId: -1,
  groupRealId: 3,
  weighted: false,
};

const plain = {
  host: '10.0.0.1',
  port: 9_001,
  timeout: 60_000,
  istcp: 1,
  grid: 0,
  groupworkid: -1,
  grouprealid: 3,
  setId: '',
  qos: 0,
  bakFlag: 0,
  weight: -1,
  weightType: 0,
  authType: 0,
  nodeName: 'n1',
};

it.each<[string, Partial<AnsweredEndpoint>, Partial<typeof plain>]>([
  ['a plain one', {}, {}],
  ['one with a weight of its own', { weighted: true }, { weight: 40, weightType: 1 }],
  ['one that gets no calls', { weighted: true, weight: 0 }, { weight: 0, weightType: 1 }],
  ['a member of a set', { set: 'a.b.c' }, { setId: 'a.b.c' }],
  ['one that asks for a key', { authenticated: true }, { authType: 1 }],
  ['udp', { transport: 'udp' }, { istcp: 0 }],
  ['ssl', { transport: 'ssl' }, { istcp: 2 }],
  ['one in a group', { groupWorkId: 3 }, { groupworkid: 3 }],
])('of %s', (_name, parts, differs) => {
  expect(endpointFields({ ...endpoint, ...parts })).toEqual({ ...plain, ...differs });
});
