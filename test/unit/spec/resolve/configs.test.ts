/** Configuration files at four levels: references, merging, and what is served. */

import { describe, expect, test } from 'vitest';
import type { InstanceRevision, ServedFile } from '../../../../spec/desired-state.ts';
import { resolveRepository } from '../../../../spec/resolve/resolve-repository.ts';
import { config, service, threeNodes } from '../../../support/spec/documents.ts';
import {
  inputOf,
  loadContents,
  resolveContents,
  sha256,
  type Contents,
} from '../../../support/spec/repository-of.ts';

const tars = (name: string, spec: object = {}) =>
  service(name, {
    type: 'tars-nodejs',
    run: {},
    release: { package: name, version: '1.0.0' },
    ...spec,
  });
const cart = (spec: object = {}) => tars('Shop.CartServer', spec);

function revisionOn(node: string, contents: Contents, name = 'Shop.CartServer'): InstanceRevision {
  const { desired, faults } = resolveContents({ ...threeNodes, ...contents });
  expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
  const scope = desired.scopes.get(`sz/${name}`);
  const instance = scope?.instances.find((one) => one.node === node);
  const revision = scope?.revisions[instance?.revision ?? ''];
  expect(revision).toBeDefined();
  return revision as InstanceRevision;
}

function servedOn(node: string, contents: Contents): readonly ServedFile[] {
  return (revisionOn(node, contents).served ?? []).map(({ sources: _sources, ...file }) => file);
}

const inSets = [
  { nodes: ['n1'], set: 'shop.sh.1' },
  { nodes: ['n2'], set: 'shop.sh.2' },
  { nodes: ['n3'] },
];

const levels = {
  'app.yaml': config('app', { app: 'Shop' }, { content: 'a' }),
  'area.yaml': config('area', { app: 'Shop', set: 'shop.sh.*' }, { content: 'b' }),
  'group.yaml': config('group', { app: 'Shop', set: 'shop.sh.1' }, { content: 'c' }),
  'other.yaml': config('other', { app: 'Shop', set: 'shop.sz.*' }, { content: 'no' }),
  'service.yaml': config('service', { service: 'Shop.CartServer' }, { content: 'd' }),
  'node.yaml': config('node', { service: 'Shop.CartServer', node: 'n2' }, { content: 'e' }),
};

describe('the levels of a served file', () => {
  const gap = '\r\n\r\n';
  const contents = { ...levels, 'cart.yaml': cart({ placement: inSets }) };

  test.each<[node: string, content: string, appContent: string, levels: string[]]>([
    [
      'n1',
      ['a', 'b', 'c', 'd'].join(gap),
      ['a', 'b', 'c'].join(gap),
      ['app', 'app-set', 'service'],
    ],
    [
      'n2',
      ['a', 'b', 'd', 'e'].join(gap),
      ['a', 'b'].join(gap),
      ['app', 'app-set', 'service', 'node'],
    ],
    ['n3', ['a', 'd'].join(gap), 'a', ['app', 'service']],
  ])('on %s', (node, content, appContent, found) => {
    expect(servedOn(node, contents)).toEqual([
      { name: 'main.conf', content, appContent, levels: found },
    ]);
  });

  test('are those of the file that is written before start', () => {
    const written = {
      ...contents,
      'cart.yaml': cart({ placement: inSets, configs: ['main.conf'] }),
    };
    const { files, served } = revisionOn('n2', written);
    expect(files).toMatchObject([{ path: 'main.conf', content: served?.[0]?.content }]);
    expect(files[0]?.sources?.map(({ config: name }) => name)).toEqual([
      'app',
      'area',
      'service',
      'node',
    ]);
  });

  test('without one of the application there is no text for it', () => {
    const only = { 'cart.yaml': cart(), 'service.yaml': levels['service.yaml'] };
    expect(servedOn('n1', only)).toEqual([
      { name: 'main.conf', content: 'd', levels: ['service'] },
    ]);
  });

  test('of other applications, and of files that nobody describes, are not served', () => {
    const other = config('pay', { app: 'Pay' }, { fileName: 'pay.conf' });
    expect(revisionOn('n1', { 'cart.yaml': cart(), 'pay.yaml': other }).served).toBeUndefined();
  });

  test('a service that is no TARS service is served nothing', () => {
    const process = service('Shop.CartServer', { configs: ['main.conf'] });
    const revision = revisionOn('n1', { ...levels, 'cart.yaml': process });
    expect(revision.files).toHaveLength(1);
    expect(revision.served).toBeUndefined();
  });

  test('every file has one entry, sorted by name', () => {
    const served = servedOn('n1', {
      'cart.yaml': cart(),
      'z.yaml': config('z', { app: 'Shop' }, { fileName: 'z.conf' }),
      'a.yaml': config(
        'a',
        { service: 'Shop.CartServer' },
        { fileName: 'a/b.json', content: '{}' },
      ),
    });
    expect(served.map(({ name }) => name)).toEqual(['a/b.json', 'z.conf']);
  });

  test('nodes of one SET without a level of their own share a revision', () => {
    const placement = [
      { nodes: ['n1', 'n2'], set: 'shop.sh.1' },
      { nodes: ['n3'], set: 'shop.sh.2' },
    ];
    const { 'node.yaml': _node, ...rest } = levels;
    const { desired } = resolveContents({
      ...threeNodes,
      ...rest,
      'cart.yaml': cart({ placement }),
    });
    const scope = desired.scopes.get('sz/Shop.CartServer');
    const [first, second, third] = scope?.instances.map(({ revision }) => revision) ?? [];
    expect(first).toBe(second);
    expect(third).not.toBe(first);
  });
});

describe('references', () => {
  const base = (name: string, spec: object = {}) =>
    config(name, { app: 'Base' }, { fileName: `${name}.conf`, content: name, ...spec });
  const named = (...references: string[]) =>
    config('main', { service: 'Shop.CartServer' }, { content: 'main', references });

  test.each<[name: string, references: Readonly<Record<string, string[]>>, texts: string[]]>([
    ['come before the text, in order', { main: ['b', 'a'] }, ['b', 'a', 'main']],
    ['come with their own before them', { main: ['a', 'b'], b: ['c'] }, ['a', 'c', 'b', 'main']],
    [
      'come once, where they come first',
      { main: ['a', 'b'], a: ['c'], b: ['c'] },
      ['c', 'a', 'b', 'main'],
    ],
  ])('%s', (_name, references, texts) => {
    const contents = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [
        `${name}.yaml`,
        base(name, { references: references[name] ?? [] }),
      ]),
    );
    const all = {
      ...contents,
      'cart.yaml': cart(),
      'm.yaml': named(...(references['main'] ?? [])),
    };
    expect(servedOn('n1', all)).toEqual([
      { name: 'main.conf', content: texts.join('\r\n\r\n'), levels: ['service'] },
    ]);
  });

  test('of each level come before that level', () => {
    const app = config('app', { app: 'Shop' }, { content: 'app', references: ['a'] });
    const all = {
      'a.yaml': base('a'),
      'b.yaml': base('b'),
      'app.yaml': app,
      'm.yaml': named('b', 'a'),
    };
    expect(servedOn('n1', { ...all, 'cart.yaml': cart() })[0]).toMatchObject({
      content: ['a', 'app', 'b', 'a', 'main'].join('\r\n\r\n'),
      appContent: 'a\r\n\r\napp',
    });
  });

  test('make a Config of use that nobody gets', () => {
    const all = { ...threeNodes, 'cart.yaml': cart(), 'a.yaml': base('a') };
    const codes = (contents: Contents) => resolveContents(contents).faults.map(({ code }) => code);
    expect(codes({ ...all, 'm.yaml': named() })).toEqual(['SPEC_CONFIG_UNUSED']);
    expect(codes({ ...all, 'm.yaml': named('a') })).toEqual([]);
  });

  const chain = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, at) => [
        `c${at}.yaml`,
        base(`c${at}`, at === 0 ? {} : { references: [`c${at - 1}`] }),
      ]),
    );

  test.each([
    ['32 deep', chain(33), 0],
    ['33 deep', chain(34), 1],
    ['300 deep', chain(300), 1],
  ])('%s', (_name, contents, faults) => {
    const found = resolveContents({ ...threeNodes, ...contents, 'b.yaml': service('Base.A') });
    const own = found.faults.filter(({ code }) => code === 'SPEC_CONFIG_REFERENCES');
    expect(own.length).toBe(faults);
    expect(found.held.length).toBe(Math.max(0, Object.keys(contents).length - 33));
  });

  test('of more than a hundred texts in all are too many', () => {
    const many = Object.fromEntries(
      Array.from({ length: 102 }, (_, at) => [`c${at}.yaml`, base(`c${at}`)]),
    );
    const names = Object.keys(many).map((file) => file.replace('.yaml', ''));
    const half = base('half', { references: names.slice(50) });
    const resolve = (first: string[]) =>
      resolveContents({
        ...threeNodes,
        ...many,
        'h.yaml': half,
        'cart.yaml': cart(),
        'm.yaml': named(...first, 'half'),
      });
    expect(resolve(names.slice(0, 47)).held).toEqual([]);
    const held = resolve(names.slice(0, 49)).held.map(({ object, reason }) => [
      object.name,
      reason,
    ]);
    expect(held).toEqual([
      ['main', 'SPEC_CONFIG_REFERENCES'],
      ['Shop.CartServer', 'SPEC_CONFIG_REFERENCES'],
    ]);
  });

  test('that are held hold whoever leads to them, and nobody else', () => {
    const { held, desired } = resolveContents({
      ...threeNodes,
      'cart.yaml': cart(),
      'pay.yaml': service('Shop.PayServer'),
      'a.yaml': base('a', { oops: 1 }),
      'b.yaml': base('b', { references: ['a'] }),
      'm.yaml': named('b'),
    });
    expect(held.map(({ object, because }) => [object.name, because?.name])).toEqual([
      ['a', undefined],
      ['b', 'a'],
      ['main', 'a'],
      ['Shop.CartServer', 'a'],
    ]);
    expect([...desired.scopes.keys()]).toEqual(['sz/Shop.PayServer']);
  });
});

describe('merge: deep', () => {
  const deep = (name: string, scope: object, content: string, spec: object = {}) =>
    config(name, scope, { fileName: 'main.json', merge: 'deep', content, ...spec });
  const files = {
    'cart.yaml': cart({ placement: inSets, configs: ['main.json'] }),
    'base.yaml': deep('base', { app: 'Base' }, '{"a":0,"z":{"y":0}}', { fileName: 'base.json' }),
    'app.yaml': deep('app', { app: 'Shop' }, '{"a":1,"b":{"c":1,"l":[1,2]}}', {
      references: ['base'],
    }),
    'set.yaml': deep('set', { app: 'Shop', set: 'shop.sh.1' }, '{"b":{"c":2}}'),
    'node.yaml': deep('node', { service: 'Shop.CartServer', node: 'n1' }, '{"b":{"l":[3]}}'),
  };

  test('joins levels and references by structure', () => {
    const { files: written, served } = revisionOn('n1', files);
    const merged = { a: 1, z: { y: 0 }, b: { c: 2, l: [3] } };
    expect(served?.[0]?.content).toBe(`${JSON.stringify(merged, undefined, 2)}\n`);
    expect(written[0]?.content).toBe(served?.[0]?.content);
    expect(JSON.parse(served?.[0]?.appContent ?? '')).toEqual({
      ...merged,
      b: { c: 2, l: [1, 2] },
    });
    expect(resolveContents({ ...threeNodes, ...files }).faults).toEqual([]);
  });

  test('a file with one text is that text, as it is written', () => {
    const only = deep('app', { app: 'Shop' }, '{ "a": 1 }');
    expect(servedOn('n1', { 'cart.yaml': cart(), 'a.yaml': only })[0]?.content).toBe('{ "a": 1 }');
  });

  test('sources tell which text a change comes from', () => {
    const [file] = revisionOn('n1', files).files;
    expect(file?.sources?.map(({ config: name, digest }) => [name, digest])).toEqual([
      ['base', `sha256:${sha256('{"a":0,"z":{"y":0}}')}`],
      ['app', `sha256:${sha256('{"a":1,"b":{"c":1,"l":[1,2]}}')}`],
      ['set', `sha256:${sha256('{"b":{"c":2}}')}`],
      ['node', `sha256:${sha256('{"b":{"l":[3]}}')}`],
    ]);
  });
});

describe('digests', () => {
  const contents = {
    ...threeNodes,
    ...levels,
    'cart.yaml': cart(),
    'pay.yaml': tars('Pay.PayServer'),
    'pay-conf.yaml': config('pay', { app: 'Pay' }),
  };
  const digestOf = (files: Contents) => {
    const scope = resolveContents(files).desired.scopes.get('sz/Shop.CartServer');
    expect(scope).toBeDefined();
    return scope?.digest;
  };

  test('a served text counts', () => {
    const changed = { ...contents, 'app.yaml': config('app', { app: 'Shop' }, { content: 'A' }) };
    expect(digestOf(changed)).not.toBe(digestOf(contents));
  });

  test('where a served text stands does not', () => {
    const moved = { ...contents, 'app.yaml': '', 'zzz.yaml': levels['app.yaml'] };
    expect(digestOf(moved)).toBe(digestOf(contents));
  });

  test('a change costs the digests of those that use it', () => {
    const loaded = loadContents(contents);
    const previous = resolveRepository(inputOf(contents, loaded));
    const after = { ...contents, 'pay-conf.yaml': config('pay', { app: 'Pay' }, { content: 'x' }) };
    let hashed = 0;
    const hash = (text: string) => {
      hashed += 1;
      return sha256(text);
    };
    const input = inputOf(after, loadContents(after, loaded));
    const now = resolveRepository({ ...input, hash, previous });
    expect(hashed).toBe(2);
    const same = previous.desired.scopes.get('sz/Shop.CartServer');
    expect(now.desired.scopes.get('sz/Shop.CartServer')).toBe(same);
  });
});
