/** Texts of templates and profiles whose tags do not nest, and templates of another language. */

import { describe, expect, test } from 'vitest';
import { builtinTemplates } from '../../../../spec/builtin-templates/builtin-templates.ts';
import { applyHolds } from '../../../../spec/holds/apply-holds.ts';
import { checkConfigText } from '../../../../tars/config/check-config-text.ts';
import { document, service, threeNodes } from '../../../support/spec/documents.ts';
import { resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

const release = { package: 'Shop.CartServer', version: '1.0.0' };

function cart(spec: object = {}): string {
  return service('Shop.CartServer', { type: 'tars-nodejs', release, template: 'base', ...spec });
}

function base(content: string): string {
  return document('Template', 'base', { content });
}

const sound: Contents = {
  ...threeNodes,
  'base.yaml': base('<tars>\n  a=1\n</tars>\n'),
  'cart.yaml': cart(),
};

function look(contents: Contents) {
  const { faults, held } = resolveContents({ ...sound, ...contents });
  return {
    faults: faults.map(({ code, severity, place }) => [code, severity, place.path]),
    held: held.map(({ object }) => `${object.kind}/${object.name}`),
  };
}

test('what is built in is what every library reads', () => {
  expect(builtinTemplates.length).toBeGreaterThan(5);
  const found = builtinTemplates.map(({ name, text }) => [name, checkConfigText(text)]);
  expect(found.filter(([, fault]) => fault !== undefined)).toEqual([]);
});

describe('tags that do not nest are a fault', () => {
  test.each<[string, Contents, string, string[]]>([
    [
      'of a template, which holds what uses it',
      { 'base.yaml': base('<tars>\n') },
      'base.yaml',
      ['Service/Shop.CartServer', 'Template/base'],
    ],
    [
      'of a file that a template names',
      { 'base.yaml': document('Template', 'base', { file: 'base.conf' }), 'base.conf': '<tars\n' },
      'base.conf',
      ['Service/Shop.CartServer', 'Template/base'],
    ],
    [
      'of a template that nobody uses',
      { 'other.yaml': document('Template', 'other', { content: '</tars>\n' }) },
      'other.yaml',
      ['Template/other'],
    ],
    [
      'of a child that closes what its parent opens',
      {
        'open.yaml': document('Template', 'open', { content: '<tars>\n' }),
        'close.yaml': document('Template', 'close', { parent: 'open', content: '</tars>\n' }),
      },
      'close.yaml open.yaml',
      ['Template/close', 'Template/open'],
    ],
    [
      'of a profile, which holds its service',
      { 'cart.yaml': cart({ profile: '<tars>\n</tar>\n' }) },
      'cart.yaml',
      ['Service/Shop.CartServer'],
    ],
  ])('%s', (_name, contents, paths, held) => {
    const faults = paths.split(' ').map((path) => ['SPEC_CONFIG_SYNTAX', 'error', path]);
    expect(look(contents)).toEqual({ faults, held });
  });

  test.each<[string, Contents]>([
    ['a value that ends in >', { 'base.yaml': base('from=<shop@example.org>\n') }],
    ['a section as in ini files', { 'cart.yaml': cart({ profile: '[limits]\na=1\n' }) }],
    ['a value without a key', { 'base.yaml': base('= 1\n') }],
    ['no text', { 'base.yaml': base(''), 'cart.yaml': cart({ profile: '' }) }],
  ])('what is unusual alone is none: %s', (_name, contents) => {
    expect(look(contents)).toEqual({ faults: [], held: [] });
  });

  test('and what runs goes on as it was', () => {
    const { desired: inForce } = resolveContents(sound);
    const broken = {
      'base.yaml': base('<tars>\n  a=2\n</tasr>\n'),
      'cart.yaml': cart({ env: { A: '2' } }),
    };
    const { desired } = applyHolds(inForce, resolveContents({ ...sound, ...broken }));
    const scope = desired.scopes.get('sz/Shop.CartServer');
    expect(scope?.digest).toBe(inForce.scopes.get('sz/Shop.CartServer')?.digest);
    const [revision] = Object.values(scope?.revisions ?? {});
    expect(revision?.template).toContain('a=1');
  });
});

describe('a built-in template', () => {
  const other = { faults: [['SPEC_TEMPLATE_OTHER_TYPE', 'warning', 'cart.yaml']], held: [] };
  const none = { faults: [], held: [] };

  test.each<[type: string, template: string, found: typeof other | typeof none]>([
    ['tars-nodejs', 'tars.cpp.default', other],
    ['tars-go', 'tars.springboot', other],
    ['tars-cpp', 'tars.tarsphp.default', other],
    ['tars-nodejs', 'tars.nodejs.default', none],
    ['tars-go', 'tars.default', none],
    ['tars-java', 'tars.springboot', none],
    // Python runs on the C++ library.
    ['tars-python', 'tars.cpp.default', none],
    ['process', 'tars.cpp.default', none],
  ])('for a service of type %s: %s', (type, template, found) => {
    expect(look({ 'cart.yaml': cart({ type, template }) })).toEqual(found);
  });

  test('as the parent of a template is what its author wanted', () => {
    const own = document('Template', 'base', { parent: 'tars.cpp.default', content: '' });
    expect(look({ 'base.yaml': own })).toEqual(none);
  });
});
