/** The templates that are there without being written. */

import { describe, expect, test } from 'vitest';
import { builtinTemplates } from '../../../../spec/builtin-templates/builtin-templates.ts';
import { parseConfigText, type Section } from '../../../../tars/config/config-text.ts';
import { document, service, threeNodes } from '../../../support/spec/documents.ts';
import { resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

/** Macros of tars-contract §4.3 that an agent replaces. */
const macros = new Set(
  (
    'locator modulename app server nodename localip local node ' +
    'basepath datapath logpath enableset setdivision asyncthread'
  ).split(' '),
);

function templateOf(contents: Contents): string | undefined {
  const { desired, faults } = resolveContents({ ...threeNodes, ...contents });
  expect(faults).toEqual([]);
  const [revision] = Object.values(desired.scopes.get('sz/Shop.CartServer')?.revisions ?? {});
  expect(revision).toBeDefined();
  return revision?.template;
}

function cart(spec: object): string {
  const release = { package: 'Shop.CartServer', version: '1.0.0' };
  return service('Shop.CartServer', { release, ...spec });
}

function sections(text: string | undefined) {
  const application = parseConfigText(text ?? '')
    .sections.get('tars')
    ?.sections.get('application');
  const named = (name: string) => Object.fromEntries(valuesOf(application?.sections.get(name)));
  return {
    application: Object.fromEntries(valuesOf(application)),
    client: named('client'),
    server: named('server'),
  };
}

function valuesOf(section: Section | undefined): ReadonlyMap<string, string> {
  expect(section).toBeDefined();
  return section?.values ?? new Map();
}

test('every macro is one that an agent replaces', () => {
  const used = builtinTemplates.flatMap(({ text }) => [...text.matchAll(/\$\{([^}]*)\}/g)]);
  expect(used.length).toBeGreaterThan(10);
  expect(used.map(([, name = '']) => name).filter((name) => !macros.has(name))).toEqual([]);
});

test.each<[string, object]>([
  ['tars-cpp', { closecout: '0', opencoroutine: '0', netthread: '1' }],
  ['tars-python', { closecout: '0', netthread: '1' }],
  ['tars-go', { node_name: '${nodename}' }],
  ['tars-nodejs', { nodename: '${nodename}' }],
  ['tars-java', { mainclass: 'com.qq.tars.server.startup.Main', tcpnodelay: 'true' }],
  ['tars-php', { daemonize: '0', php: 'php' }],
])('a service of type %s gets what its library must be told', (type, expected) => {
  const { application, client, server } = sections(templateOf({ 'cart.yaml': cart({ type }) }));
  expect(application).toEqual({ enableset: '${enableset}', setdivision: '${setdivision}' });
  expect(client).toMatchObject({ locator: '${locator}', 'refresh-endpoint-interval': '10000' });
  expect(server).toMatchObject({ logLevel: 'DEBUG', loglevel: 'DEBUG', node: '${node}' });
  expect(server).toMatchObject(expected);
  // The time-outs of the service decide, and an option that a new virtual machine refuses ends it.
  expect(server['deactivating-timeout']).toBeUndefined();
  expect(server['jvmparams'] ?? '').not.toMatch(/CMS|PrintGC/);
});

test('a process gets none', () => {
  expect(templateOf({ 'cart.yaml': cart({ type: 'process' }) })).toBeUndefined();
});

describe('a Template of the repository', () => {
  const own = (name: string, parent?: string) =>
    document('Template', name, { content: `# ${name}\n`, ...(parent !== undefined && { parent }) });

  test('replaces the built-in one of its name, for its children too', () => {
    const replaced = { 'default.yaml': own('tars.default') };
    const go = templateOf({ ...replaced, 'cart.yaml': cart({ type: 'tars-go' }) });
    expect(go).toBe('# tars.default\n');
    const cpp = templateOf({ ...replaced, 'cart.yaml': cart({ type: 'tars-cpp' }) });
    expect(cpp).toMatch(/^# tars\.default\n<tars>\n/);
    expect(cpp).not.toContain('locator');
  });

  test('inherits from a built-in one', () => {
    const text = templateOf({
      'own.yaml': own('shop', 'tars.springboot'),
      'cart.yaml': cart({ type: 'tars-java', template: 'shop' }),
    });
    expect(text).toMatch(/\n# shop\n$/);
    expect(sections(text).server).toMatchObject({
      packageFormat: 'jar',
      mainclass: '-jar ${basepath}${app}.${server}.jar',
      charsetname: 'UTF-8',
    });
  });

  test('goes on from the one that it replaces when it names itself as its parent', () => {
    const text = templateOf({
      'own.yaml': own('tars.default', 'tars.default'),
      'cart.yaml': cart({ type: 'tars-cpp' }),
    });
    expect(text).toMatch(/locator=[^]*\n# tars\.default\n<tars>[^]*closecout/);
  });
});
