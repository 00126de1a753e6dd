/** Who a caller is: from the connection and the context alone. */

import { expect, test } from 'vitest';
import { callerOf } from '../../../nodeagent/servants/caller.ts';

const node = { name: 'sz-1', addresses: () => ['10.0.0.1', 'fd00::1'] };

test.each<[string, string, string | undefined, string, boolean]>([
  ['loopback without a context', '127.0.0.1', undefined, 'sz-1', true],
  ['another loopback address', '127.3.2.1', undefined, 'sz-1', true],
  ['loopback of IPv6', '::1', undefined, 'sz-1', true],
  ['an own address', '10.0.0.1', undefined, 'sz-1', true],
  ['an own address of IPv6', 'fd00::1', undefined, 'sz-1', true],
  ['the name of this node', '127.0.0.1', 'sz-1', 'sz-1', true],
  ['an own address in place of a name', '127.0.0.1', '10.0.0.1', 'sz-1', true],
  ['loopback in place of a name', '10.0.0.1', '127.0.0.1', 'sz-1', true],
  ['a name beside an own address', '127.0.0.1', 'sz-2', 'sz-2', true],
  ['another machine', '10.0.0.2', undefined, '10.0.0.2', false],
  ['another machine with a name', '10.0.0.2', 'sz-2', 'sz-2', false],
  ['another machine that claims loopback', '10.0.0.2', '127.0.0.1', '127.0.0.1', false],
  ['an empty name', '10.0.0.2', '', '10.0.0.2', false],
  ['a name that is none', '10.0.0.2', '../../etc', '10.0.0.2', false],
  ['a name with a line end', '127.0.0.1', 'a\nb', 'sz-1', true],
  ['a name that is too long', '127.0.0.1', 'a'.repeat(300), 'sz-1', true],
])('%s', (_what, ...[peerAddress, nodeName, name, isLocal]) => {
  const context = new Map(nodeName === undefined ? [] : [['node_name', nodeName]]);
  const caller = callerOf(peerAddress, context, node);
  expect({ name: caller.name, isLocal: caller.isLocal }).toEqual({ name, isLocal });
});
