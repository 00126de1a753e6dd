/** A few lines that ask for very much get a coded fault, in bounded time, and harm nobody else. */

import { expect, test } from 'vitest';
import { resolveRepository } from '../../../../spec/resolve/resolve-repository.ts';
import type { Resolved, TextFile } from '../../../../spec/resolve/resolved.ts';
import { config, dataCenter, document, service } from '../../../support/spec/documents.ts';
import { inputOf, resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

function nodeSet(name: string, names: unknown): string {
  const addresses = { inner: { pattern: '${name}' } };
  return document('NodeSet', name, { names, dataCenter: 'sz', addresses });
}

function codesOf({ faults }: Resolved): readonly string[] {
  return faults.map(({ code }) => code);
}

const small = { 'dc.yaml': dataCenter('sz'), 'a.yaml': nodeSet('a', 'a-[1-3]') };
const fine = service('Shop.CartServer', { placement: [{ nodes: ['a-1'] }] });

test('more nodes than there may be', () => {
  const sets = Array.from({ length: 1000 }, (_, at) => [
    `sets/${String(at).padStart(4, '0')}.yaml`,
    nodeSet(`s${at}`, `s${at}-[1-9999]`),
  ]);
  const resolved = resolveContents({ ...small, ...Object.fromEntries(sets), 'cart.yaml': fine });
  expect(codesOf(resolved)).toEqual(['SPEC_TOO_MANY_NODES']);
  expect(resolved.desired.nodes.size).toBeLessThanOrEqual(100_000);
  expect(resolved.desired.scopes.size).toBe(1);
  expect(resolved.held.length).toBe(1000 - 10);
});

test('more instances than there may be', () => {
  const contents: Record<string, string> = {
    ...small,
    'big.yaml': nodeSet('big', 'big-[1-9999]'),
    'cart.yaml': fine,
  };
  for (let at = 0; at < 400; at += 1) {
    const placement = [{ select: { dataCenter: 'sz' } }];
    contents[`many/${at}.yaml`] = service(`Many.Server${at}`, { placement });
  }
  const resolved = resolveContents(contents);
  expect(codesOf(resolved)).toEqual(['SPEC_TOO_MANY_INSTANCES']);
  expect(resolved.desired.scopes.has('sz/Shop.CartServer')).toBe(true);
  expect(resolved.held.length).toBe(400 - 19);
});

test('thousands of wrong names in one file are told in short', () => {
  const nodes = Array.from({ length: 9000 }, (_, at) => `no-${at}`);
  const started = performance.now();
  const resolved = resolveContents({
    ...small,
    'big.yaml': nodeSet('big', 'big-[1-9999]'),
    'cart.yaml': service('Shop.CartServer', { placement: [{ nodes }] }),
  });
  expect(codesOf(resolved)).toHaveLength(21);
  expect(codesOf(resolved).at(-1)).toBe('SPEC_MORE_FAULTS');
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('a chain of hundreds of templates', () => {
  const templates = Array.from({ length: 900 }, (_, at) =>
    document('Template', `t${at}`, { content: 'x', ...(at > 0 && { parent: `t${at - 1}` }) }),
  );
  const files = Array.from({ length: 10 }, (_, at) => [
    `t${at}.yaml`,
    templates.slice(at * 90, at * 90 + 90).join('---\n'),
  ]);
  const resolved = resolveContents(Object.fromEntries(files));
  expect(codesOf(resolved)).toEqual(['SPEC_TEMPLATE_CYCLE']);
  expect(resolved.held.length).toBe(900 - 32);
});

test('texts of one instance that are too large together', () => {
  const names = Array.from({ length: 40 }, (_, at) => `big-${at}.conf`);
  const configs = names.map((fileName, at) => [
    `configs/${at}.yaml`,
    config(`big-${at}`, { app: 'Shop' }, { fileName, content: 'x'.repeat(120_000) }),
  ]);
  const resolved = resolveContents({
    ...small,
    ...Object.fromEntries(configs),
    'cart.yaml': service('Shop.CartServer', { placement: [{ nodes: ['a-1'] }], configs: names }),
    'pay.yaml': service('Shop.PayServer', { placement: [{ nodes: ['a-1'] }], type: 'process' }),
  });
  expect(codesOf(resolved)).toEqual(['SPEC_RENDERED_TOO_LARGE']);
  expect([...resolved.desired.scopes.keys()]).toEqual(['sz/Shop.PayServer']);
});

test('texts that are served count as well, once for each answer', () => {
  const resolve = (count: number) => {
    const configs = Array.from({ length: count }, (_, at) => [
      `configs/${at}.yaml`,
      config(
        `big-${at}`,
        { app: 'Shop' },
        { fileName: `${at}.conf`, content: 'x'.repeat(120_000) },
      ),
    ]);
    const release = { package: 'Shop.CartServer', version: '1.0.0' };
    const placement = [{ nodes: ['a-1'] }];
    return resolveContents({
      ...small,
      ...Object.fromEntries(configs),
      'cart.yaml': service('Shop.CartServer', { type: 'tars-go', release, run: {}, placement }),
    });
  };
  // All levels, and those of the application.
  expect(codesOf(resolve(16))).toEqual([]);
  expect(codesOf(resolve(18))).toEqual(['SPEC_RENDERED_TOO_LARGE']);
});

test.each<[TextFile, string]>([
  [{ state: 'refused', reason: 'too-large' }, 'texts/main.conf is too large'],
  [{ state: 'refused', reason: 'binary' }, 'texts/main.conf is not UTF-8 text'],
  [{ state: 'refused', reason: 'link' }, 'texts/main.conf is a symbolic link or a submodule'],
])('a text that is refused: %o', (file, message) => {
  const contents: Contents = {
    ...small,
    'cart.yaml': service('Shop.CartServer', {
      placement: [{ nodes: ['a-1'] }],
      configs: ['main.conf'],
    }),
    'app.yaml': config('main', { app: 'Shop' }, { content: undefined, file: 'texts/main.conf' }),
  };
  const resolved = resolveRepository({
    ...inputOf(contents),
    readText: (path) => (path === 'texts/main.conf' ? file : undefined),
  });
  expect(resolved.faults).toMatchObject([{ code: 'SPEC_FILE_REFUSED', message }]);
  expect(resolved.held.map(({ object }) => object.name)).toEqual(['main', 'Shop.CartServer']);
});

test('every servant on every network of ten thousand nodes', () => {
  const names = Array.from({ length: 16 }, (_, at) => `net-${at}`);
  const servants = Array.from({ length: 64 }, (_, at) => ({ name: `S${at}Obj`, networks: names }));
  const placement = [{ select: { dataCenter: 'sz' } }];
  const contents: Record<string, string> = { ...small, 'big.yaml': nodeSet('big', 'big-[1-9999]') };
  for (let at = 0; at < 15; at += 1) {
    contents[`${at}.yaml`] = service(`Shop.Server${at}`, { placement, servants });
  }
  const resolved = resolveContents({ ...contents, 'cart.yaml': fine });
  const codes = new Set(codesOf(resolved));
  expect(codes).toEqual(new Set(['SPEC_NETWORK_MISSING', 'SPEC_MORE_FAULTS']));
  expect(resolved.faults[0]?.message).toMatch(/on a-1, a-2, a-3 and 9999 more$/);
  expect(resolved.desired.scopes.size).toBe(1);
});

test('a caller of many servants with very long keys', () => {
  const head = 'YWdlLWVuY3J5cHRpb24ub3JnL3Yx';
  const body = `${'A'.repeat(63)}\n`.repeat(1000);
  const key = `-----BEGIN AGE ENCRYPTED FILE-----\n${head}\n${body}-----END AGE ENCRYPTED FILE-----\n`;
  const auth = {
    accessKey: 'a',
    secretKey: { secret: 'keys', key: 'one' },
    callers: ['Shop.CartServer'],
  };
  const contents: Record<string, string> = {
    ...small,
    'keys.yaml': document('Secret', 'keys', { values: { one: key }, readers: ['Shop.PayServer'] }),
    'cart.yaml': fine,
    'pay.yaml': service('Shop.PayServer', {
      placement: [{ nodes: ['a-1'] }],
      servants: Array.from({ length: 64 }, (_, at) => ({ name: `S${at}Obj`, auth })),
    }),
    'more.yaml': service('Shop.MoreServer', {
      placement: [{ nodes: ['a-1'] }],
      servants: Array.from({ length: 64 }, (_, at) => ({ name: `S${at}Obj`, auth })),
    }),
  };
  contents['keys.yaml'] = (contents['keys.yaml'] ?? '').replace(
    '"Shop.PayServer"',
    '"Shop.PayServer","Shop.MoreServer"',
  );
  const resolved = resolveContents(contents);
  expect(codesOf(resolved)).toEqual(['SPEC_RENDERED_TOO_LARGE']);
  expect(resolved.held.map(({ object }) => object.name)).toEqual(['Shop.CartServer']);
});
