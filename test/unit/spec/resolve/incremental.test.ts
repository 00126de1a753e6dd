/** What is taken from the run before never shows in the result. */

import { fc } from '../../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import type { LoadedFile } from '../../../../spec/repository.ts';
import { resolveRepository } from '../../../../spec/resolve/resolve-repository.ts';
import type { Resolved } from '../../../../spec/resolve/resolved.ts';
import { edits, soundBase } from '../../../support/spec/repository-arbitrary.ts';
import { applyEdit, contentsOf } from '../../../support/spec/repository-model.ts';
import { largeRepository } from '../../../support/spec/large-repository.ts';
import { config, document, service, threeNodes } from '../../../support/spec/documents.ts';
import {
  inputOf,
  loadContents,
  resolveContents,
  sha256,
  type Contents,
} from '../../../support/spec/repository-of.ts';

const sorted = <T>(map: ReadonlyMap<string, T>) =>
  [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));

/** Everything that a caller sees, without the order of maps. */
function visible({ desired, faults, held, objectCount, unreadable }: Resolved) {
  return {
    cluster: desired.cluster,
    topology: desired.topology,
    dataCenters: sorted(desired.dataCenters),
    nodes: sorted(desired.nodes),
    scopes: sorted(desired.scopes),
    faults,
    held,
    objectCount,
    unreadable,
  };
}

/** As the source gives them: what changed comes last. */
function changedLast(
  files: ReadonlyMap<string, LoadedFile>,
  before: ReadonlyMap<string, LoadedFile>,
): ReadonlyMap<string, LoadedFile> {
  const isSame = ([path, file]: readonly [string, LoadedFile]) => before.get(path) === file;
  const all = [...files];
  return new Map([...all.filter(isSame), ...all.filter((entry) => !isSame(entry))]);
}

const runs = Number(process.env['PROPERTY_RUNS'] ?? 50);

test('an incremental result equals one from scratch, after any sequence of edits', () => {
  const codes = new Set<string>();
  const seen = { scopes: 0, faults: 0, held: 0 };
  fc.assert(
    fc.property(edits, (steps) => {
      let model = soundBase;
      let files = loadContents(contentsOf(model));
      let previous = resolveRepository(inputOf(contentsOf(model), files));
      for (const step of steps) {
        model = applyEdit(model, step);
        const contents = contentsOf(model);
        files = changedLast(loadContents(contents, files), files);
        const incremental = resolveRepository({ ...inputOf(contents, files), previous });
        const scratch = resolveRepository(inputOf(contents));
        expect(visible(incremental)).toEqual(visible(scratch));
        previous = incremental;
        seen.scopes += previous.desired.scopes.size;
        seen.faults += previous.faults.length;
        seen.held += previous.held.length;
        for (const { code } of previous.faults) codes.add(code);
      }
    }),
    { numRuns: runs },
  );
  // A generator that makes nothing would check nothing.

  expect(Math.min(seen.scopes, seen.faults, seen.held)).toBeGreaterThan(runs * 5);
  expect(codes.size).toBeGreaterThan(10);
});

test('nothing is made anew when nothing changed', () => {
  const contents = contentsOf(soundBase);
  const files = loadContents(contents);
  const first = resolveRepository(inputOf(contents, files));
  const second = resolveRepository({ ...inputOf(contents, new Map(files)), previous: first });
  expect(second.desired.nodes).toBe(first.desired.nodes);
  expect(second.memo.templates).toBe(first.memo.templates);
  expect(second.memo.configs).toBe(first.memo.configs);
});

/** Resolves `before`, then `after` with its help. */
function resolveAfter(before: Contents, after: Contents): Resolved {
  const files = loadContents(before);
  const previous = resolveRepository(inputOf(before, files));
  return resolveRepository({ ...inputOf(after, loadContents(after, files)), previous });
}

const cart = service('Shop.CartServer', { configs: ['main.conf'], template: 'base' });
const base = (content: string) => document('Template', 'base', { content });
const sign = (content: string) => document('Template', 'sign', { parent: 'base', content });
const before: Contents = {
  ...threeNodes,
  'sign.yaml': sign('<never>\n'),
  'sign-service.yaml': service('Shop.SignServer', { template: 'sign', profile: '<p>\n' }),
  'cart.yaml': cart,
  'pay.yaml': service('Shop.PayServer', { servants: [{ name: 'MainObj', port: 9001 }] }),
  'mail.yaml': service('Shop.MailServer', { servants: [{ name: 'MainObj', port: 9002 }] }),
  'a.yaml': config('main', { app: 'Shop' }),
  'base.yaml': base('base\n'),
};

test.each<[string, Contents]>([
  ['a Config moves to another file', { 'a.yaml': '', 'b.yaml': before['a.yaml'] ?? '' }],
  [
    'a Config gets another name',
    { 'a.yaml': config('other', { app: 'Shop' }, { content: 'main\n' }) },
  ],
  [
    'a port becomes the same as another',
    { 'mail.yaml': service('Shop.MailServer', { servants: [{ name: 'MainObj', port: 9001 }] }) },
  ],
  [
    'a document of the same name breaks in another file',
    { 'other.yaml': service('Shop.PayServer', { typo: 1 }) },
  ],
  ['a service moves down in its file', { 'cart.yaml': `# one line\n${cart}` }],
  ['the text of a template breaks', { 'base.yaml': base('<never>\n') }],
  ['a broken template moves down in its file', { 'sign.yaml': `# one line\n${sign('<never>\n')}` }],
  ['a broken template is mended', { 'sign.yaml': sign('<a>\n</a>\n') }],
  ['the parent of a broken template changes', { 'base.yaml': base('<b>\n</b>\n') }],
  [
    'a profile breaks',
    { 'cart.yaml': service('Shop.CartServer', { template: 'base', profile: '</b>\n' }) },
  ],
  [
    'a service takes a template of another language',
    { 'cart.yaml': service('Shop.CartServer', { type: 'tars-go', template: 'tars.cpp.default' }) },
  ],
  ['a template says the same in other words', { 'base.yaml': `# same\n${before['base.yaml']}` }],
])('an incremental result equals one from scratch when %s', (_name, change) => {
  const after = { ...before, ...change };
  expect(visible(resolveAfter(before, after))).toEqual(visible(resolveContents(after)));
});

test('a text that stays is not checked again when its parent changes', () => {
  const files = loadContents(before);
  const previous = resolveRepository(inputOf(before, files));
  const after = { ...before, 'base.yaml': base('other\n') };
  const now = resolveRepository({ ...inputOf(after, loadContents(after, files)), previous });
  const textsOf = ({ memo }: Resolved) => ({
    child: memo.templates.units.get('sign'),
    service: memo.services.entries.get('Shop.SignServer')?.unit,
  });
  const [old, young] = [textsOf(previous), textsOf(now)];
  expect(young.child).not.toBe(old.child);
  expect(young.child?.own).toBe(old.child?.own);
  expect(young.child?.own.fault).toBeDefined();
  expect(young.service?.profile.fault).toBeDefined();
  expect(young.service?.profile).toBe(old.service?.profile);
});

const nodeSet = (name: string, names: string) =>
  document('NodeSet', name, {
    names,
    dataCenter: 'sz',
    addresses: { inner: { from: '10.1.1.1' } },
  });

/** Of the ending that says JSON, in a file that holds none. */
const sharedText = { fileName: 'y.json', file: 'shared.txt', content: undefined, merge: 'deep' };

test.each<[string, Contents]>([
  [
    'a Node and two NodeSets describe one node',
    { 'one-set.yaml': nodeSet('one', 'n[1-2]'), 'two-set.yaml': nodeSet('two', 'n[1-2]') },
  ],
  [
    'two NodeSets of the same nodes are described twice each',
    {
      'one-set.yaml': nodeSet('one', 'w[1-2]'),
      'one-set-again.yaml': nodeSet('one', 'w[1-2]'),
      'two-set.yaml': nodeSet('two', 'w[1-2]'),
      'two-set-again.yaml': nodeSet('two', 'w[1-2]'),
      'cart.yaml': service('Shop.CartServer', { placement: [{ nodes: ['w1'] }] }),
    },
  ],
  [
    'one text is no text for either of two Configs',
    {
      'one.yaml': config('one', { service: 'Shop.CartServer' }, sharedText),
      'two.yaml': config('two', { app: 'Shop' }, sharedText),
      'shared.txt': 'no JSON',
    },
  ],
])('the order of the files does not tell who is to blame when %s', (_name, change) => {
  const contents = { ...before, ...change };
  const reversed = Object.fromEntries(Object.entries(contents).toReversed());
  const resolved = resolveContents(contents);
  expect(resolved.held.length).toBeGreaterThan(0);
  expect(visible(resolveContents(reversed))).toEqual(visible(resolved));
});

test('a scope that says the same stays the same value', () => {
  const changed = { ...before, 'pay.yaml': service('Shop.PayServer', { state: 'stopped' }) };
  const files = loadContents(before);
  const first = resolveRepository(inputOf(before, files));
  const input = inputOf(changed, loadContents(changed, files));
  const second = resolveRepository({ ...input, previous: first });
  const same = [...second.desired.scopes].filter(
    ([id, scope]) => first.desired.scopes.get(id) === scope,
  );
  expect(same.map(([id]) => id).toSorted()).toEqual(['sz/Shop.CartServer', 'sz/Shop.MailServer']);
});

test.each([
  ['a version', 'apps/app1/App1.Server1.yaml', '1.0.1', '1.0.2'],
  ['a configuration file', 'apps/app1/App1.Server1.conf.yaml', 'fast', 'slow'],
])(
  '%s of one service among 900 costs the digests of that service alone',
  (_name, path, from, to) => {
    const contents = largeRepository(2000);
    const files = loadContents(contents);
    let hashed = 0;
    const hash = (text: string) => {
      hashed += 1;
      return sha256(text);
    };
    const previous = resolveRepository({ ...inputOf(contents, files), hash });
    expect(hashed).toBeGreaterThan(1500);
    const after = { ...contents, [path]: (contents[path] ?? '').replace(from, to) };
    hashed = 0;
    const now = resolveRepository({
      ...inputOf(after, loadContents(after, files)),
      hash,
      previous,
    });
    expect(hashed).toBe(2);
    const changed = [...now.desired.scopes].filter(
      ([id, scope]) => previous.desired.scopes.get(id) !== scope,
    );
    expect(changed.map(([, { service: name }]) => name)).toEqual(['App1.Server1']);
  },
);

const placement = [{ nodes: ['n1'], set: 'shop.sz.1' }, { nodes: ['n2'] }];
const layered: Contents = {
  ...threeNodes,
  'cart.yaml': service('Shop.CartServer', {
    type: 'tars-go',
    run: {},
    release: { package: 'Shop.CartServer', version: '1.0.0' },
    placement,
  }),
  'app.yaml': config('app', { app: 'Shop' }, { content: 'a=1\n' }),
  'own.yaml': config('own', { service: 'Shop.CartServer' }, { references: ['base'] }),
  'base.yaml': config('base', { app: 'Base' }, { references: ['deepest'] }),
  'deepest.yaml': config(
    'deepest',
    { app: 'Base' },
    { fileName: 'b.conf', file: 'deepest.conf' },
  ).replace('"content":"deepest\\n",', ''),
  'deepest.conf': 'a=2\n',
};
const deep = { merge: 'deep' };

test.each<[string, Contents, string[]]>([
  ['the text of a reference of a reference changes', { 'deepest.conf': 'a=3\n' }, []],
  ['a reference goes', { 'own.yaml': config('own', { service: 'Shop.CartServer' }) }, []],
  ['a referenced Config goes', { 'base.yaml': '' }, ['own', 'Shop.CartServer']],
  [
    'a referenced Config breaks',
    { 'base.yaml': config('base', { app: 'Base' }, { x: 1 }) },
    ['base', 'own', 'Shop.CartServer'],
  ],
  [
    'a circle closes',
    {
      'deepest.yaml': config(
        'deepest',
        { app: 'Base' },
        { fileName: 'b.conf', references: ['own'] },
      ),
    },
    ['base', 'deepest', 'own', 'Shop.CartServer'],
  ],
  ['a level for a SET comes', { 'set.yaml': config('set', { app: 'Shop', set: 'shop.sz.*' }) }, []],
  [
    'a level for another SET comes',
    { 'set.yaml': config('set', { app: 'Shop', set: 'shop.sh.*' }) },
    [],
  ],
  [
    'a broken level for another SET comes',
    { 'set.yaml': config('set', { app: 'Shop', set: 'shop.sh.*' }, { x: 1 }) },
    ['set'],
  ],
  [
    'an instance goes to another SET',
    {
      'set.yaml': config('set', { app: 'Shop', set: 'shop.sz.1' }),
      'cart.yaml': (layered['cart.yaml'] ?? '').replace('shop.sz.1', 'shop.sz.2'),
    },
    [],
  ],
  [
    'one level is merged by structure',
    { 'app.yaml': config('app', { app: 'Shop' }, deep) },
    ['own', 'Shop.CartServer'],
  ],
  [
    'all levels are merged by structure',
    {
      'app.yaml': config('app', { app: 'Shop' }, { ...deep, content: '<a>\nx=1\n</a>\n' }),
      'own.yaml': config(
        'own',
        { service: 'Shop.CartServer' },
        { ...deep, content: '<a>\ny=1\n</a>' },
      ),
    },
    [],
  ],
  [
    'a merged text breaks',
    { 'own.yaml': config('own', { service: 'Shop.CartServer' }, { ...deep, content: '<a>' }) },
    ['own', 'Shop.CartServer'],
  ],
])('an incremental result equals one from scratch when %s', (_name, change, held) => {
  const after = { ...layered, ...change };
  const scratch = visible(resolveContents(after));
  expect(visible(resolveAfter(layered, after))).toEqual(scratch);
  expect(scratch.held.map(({ object }) => object.name)).toEqual(held);
  // And back.
  const back = visible(resolveAfter(after, layered));
  expect(back).toEqual(visible(resolveContents(layered)));
  expect(back.held).toEqual([]);
});
