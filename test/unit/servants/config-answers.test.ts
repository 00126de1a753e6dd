/** What the configuration servant answers: whose files, which names, how often, and whether they parse. */

import { expect, test } from 'vitest';
import {
  contentOf,
  filesOf,
  namesOf,
  type ConfigOwner,
} from '../../../nodeagent/servants/rules/config-answers.ts';
import { LoadLimit } from '../../../nodeagent/servants/rules/load-limit.ts';
import type { ServedFile } from '../../../spec/desired-state.ts';
import { servedConfigs } from '../../support/servants/served-configs.ts';

const cart: readonly ServedFile[] = [
  { name: 'app.conf', content: 'app\r\n\r\ncart', appContent: 'app', levels: ['app', 'service'] },
  { name: 'cart.conf', content: 'cart', levels: ['service'] },
  { name: 'node.conf', content: 'node', levels: ['node'] },
];
const stock: readonly ServedFile[] = [
  { name: 'app.conf', content: 'app', appContent: 'app', levels: ['app'] },
  { name: 'all.conf', content: 'all', appContent: 'all', levels: ['app'] },
];
const configs = servedConfigs({ 'Shop.CartServer': cart, 'Shop.StockServer': stock });

function owner(app: string, server: string, appOnly = false): ConfigOwner {
  return { app, server, appOnly };
}

function load(of: ConfigOwner, filename: string): string {
  const files = filesOf(configs, of);
  return files === 'foreign' ? 'foreign' : contentOf(files, of, filename);
}

test.each([
  ['all levels joined', owner('Shop', 'CartServer'), 'app.conf', 'app\r\n\r\ncart'],
  ['the application alone', owner('Shop', 'CartServer', true), 'app.conf', 'app'],
  ['no server', owner('Shop', ''), 'app.conf', 'app'],
  ['no server, a file of another service', owner('Shop', ''), 'all.conf', 'all'],
  ['the application says nothing', owner('Shop', 'CartServer', true), 'cart.conf', ''],
  ['missing', owner('Shop', 'CartServer'), 'none.conf', ''],
  ['a service that is not here', owner('Shop', 'PayServer'), 'app.conf', 'foreign'],
  ['an application that is not here', owner('Bank', ''), 'app.conf', 'foreign'],
  ['an application whose name begins alike', owner('Sho', ''), 'app.conf', 'foreign'],
])('load: %s', (_what, of, filename, expected) => {
  expect(load(of, filename)).toBe(expected);
});

test.each([
  ['only files of the node', owner('Shop', 'CartServer'), 'node', ['node.conf']],
  ['all levels', owner('Shop', 'CartServer'), 'all', ['app.conf', 'cart.conf', 'node.conf']],
  ['all of the application', owner('Shop', 'CartServer', true), 'all', ['app.conf']],
  ['all without a server', owner('Shop', ''), 'all', ['app.conf', 'all.conf']],
] as const)('names: %s', (_what, of, which, expected) => {
  const files = filesOf(configs, of);
  expect(files === 'foreign' ? files : namesOf(files, of, which)).toEqual(expected);
});

test('ten loads of a file in a minute, and no more', () => {
  const limit = new LoadLimit();
  const admitted = Array.from({ length: 12 }, (_, index) => limit.admit('a', 1000 + index));
  expect(admitted.filter(Boolean)).toHaveLength(10);
  expect(limit.admit('b', 1020)).toBe(true);
  // A refused load does not keep the door shut.
  expect(limit.admit('a', 60_999)).toBe(false);
  expect(limit.admit('a', 61_000)).toBe(true);
  expect(limit.admit('a', 61_000)).toBe(false);
  // The clock was set back.
  expect(limit.admit('a', 500)).toBe(true);
});
