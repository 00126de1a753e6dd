import { createRequire } from 'node:module';
import { fc } from '../../support/seeded-property.ts';
import { describe, expect, test } from 'vitest';
import { bindHost, reachedAt } from '../../../nodeagent/tars-config/bind-host.ts';
import { configMacros } from '../../../nodeagent/tars-config/config-macros.ts';
import { renderServiceConfig } from '../../../nodeagent/tars-config/service-config.ts';
import {
  beatTimeoutMs,
  parseEnvironmentKey,
  templateKeys,
} from '../../../nodeagent/tars-config/template-keys.ts';
import {
  builtinTemplates,
  defaultTemplateOf,
} from '../../../spec/builtin-templates/builtin-templates.ts';
import type { TarsType } from '../../../spec/desired-state.ts';
import {
  mergeSections,
  parseConfigText,
  printConfigText,
  type Section,
} from '../../../tars/config/config-text.ts';
import { configSource } from '../../support/agent/config-source.ts';
import { servant } from '../../support/agent/targets.ts';
import { expectGolden } from '../../support/golden.ts';

const require = createRequire(import.meta.url);
const { Config } = require('@tars/utils') as {
  Config: new () => { parseText(text: string): boolean; data: unknown };
};

const types: readonly TarsType[] = [
  'tars-cpp',
  'tars-java',
  'tars-nodejs',
  'tars-go',
  'tars-php',
  'tars-python',
];

/** The stock template of a type with its parents below it, as the desired state has it. */
function stockTemplate(type: TarsType): string {
  const chain: Section[] = [];
  let name = defaultTemplateOf(type);
  while (name !== undefined) {
    const template = builtinTemplates.find((one) => one.name === name);
    chain.unshift(parseConfigText(template?.text ?? ''));
    name = template?.parent;
  }
  return printConfigText(chain.reduce((under, over) => mergeSections(under, over)));
}

/** As the parser of Tars.js gives it. */
function plain(section: Section): Record<string, unknown> {
  const values = [...section.values].map(([key, value]) => [key, value === '' ? undefined : value]);
  const inner = [...section.sections].map(([name, child]) => [name, plain(child)]);
  return Object.fromEntries([...values, ...inner]) as Record<string, unknown>;
}

describe('the configuration of a service', () => {
  test.each(types)('of type %s is as agreed, and read alike by two parsers', (type) => {
    const text = renderServiceConfig(configSource({ type, template: stockTemplate(type) }));
    expectGolden(`service-config/${type}.conf`, text);
    const theirs = new Config();
    expect(theirs.parseText(text)).toBe(true);
    expect(theirs.data).toEqual(plain(parseConfigText(text)));
    // PHP wants no blanks around `=`, and Java no value that ends in `>`.
    for (const line of text.split('\n')) {
      expect(line).not.toMatch(/^\s*[^<][^=]*(\s=|=\s)/);
      expect(line).not.toMatch(/^\s*[^<\s].*>$/);
    }
  });

  test('of a set, with keys, on several networks', () => {
    const auth = { accessKey: 'ak', secretKey: { plain: 'never read from here' } };
    const text = renderServiceConfig(
      configSource({
        set: 'shop.north.1',
        servants: [
          servant('CartObj', { protocol: 'tars', auth }),
          servant('WebObj', { networks: ['lan', 'wan'] }),
          servant('EdgeObj', { networks: ['wan'] }),
        ],
        ports: new Map([
          ['CartObj', 1],
          ['WebObj', 2],
          ['EdgeObj', 3],
        ]),
        servantKeys: new Map([['CartObj', 's3cret=']]),
        callerKeys: [{ object: 'Pay.PayServer.PayObj', accessKey: 'me', secretKey: 'other' }],
      }),
    );
    expectGolden('service-config/set-auth-networks.conf', text);
  });

  test('keeps an escaped equals sign for those who know it', () => {
    const template =
      '<tars>\n<application>\n<server>\njvmparams=-Da\\=b -Xmx1g\n</server>\n</application>\n</tars>';
    const text = renderServiceConfig(configSource({ template }));
    expect(text).toContain('      jvmparams=-Da\\=b -Xmx1g\n');
    expect(templateKeys(parseConfigText(text)).get('jvmparams')).toBe('-Da=b -Xmx1g');
  });

  test('wins over the template where the agent is the one who knows', () => {
    const template =
      '<tars>\n<application>\n<server>\ndeactivating-timeout=600000\ndaemonize=1\nlogLevel=ERROR\n</server>\n</application>\n</tars>';
    const text = renderServiceConfig(configSource({ type: 'tars-php', template }));
    expect(text).toContain('deactivating-timeout=5000\n');
    expect(text).toContain('daemonize=0\n');
    expect(text).toContain('logLevel=ERROR\n');
  });

  test('names no framework where there is none, except what the template names with its address', () => {
    const template = stockTemplate('tars-go').replace(
      'stat=tars.tarsstat.StatObj',
      'stat=tars.tarsstat.StatObj@tcp -h 10.0.0.9 -p 1',
    );
    const text = renderServiceConfig(configSource({ servantsAddress: undefined, template }));
    for (const key of ['locator', 'node', 'config', 'notify', 'log', 'property']) {
      expect(text).not.toMatch(new RegExp(`^ *${key}(=|$)`, 'm'));
    }
    expect(text).toContain('stat=tars.tarsstat.StatObj@tcp -h 10.0.0.9 -p 1\n');
  });

  test('is read back as it was printed, whatever the template says', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/);
    const value = fc.stringMatching(/^[!-;=?-~]{0,12}$/);
    const lines = fc.array(fc.tuple(word, value), { maxLength: 8 });
    fc.assert(
      fc.property(lines, (pairs) => {
        const body = pairs.map(([key, text]) => `${key}=${text}`).join('\n');
        const template = `<tars>\n<application>\n<server>\n${body}\n</server>\n</application>\n</tars>`;
        const text = renderServiceConfig(configSource({ template }));
        const again = printConfigText(parseConfigText(text));
        expect(again).toBe(text);
      }),
    );
  });
});

describe('macros', () => {
  test('have the values of TARS', () => {
    expect(configMacros(configSource({ type: 'tars-java' }))).toEqual({
      locator: 'tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p 19386',
      node: 'tars.tarsnode.ServerObj@tcp -h 127.0.0.1 -p 19386 -t 60000',
      modulename: 'Shop.CartServer',
      serverid: 'Shop.CartServer',
      app: 'Shop',
      server: 'CartServer',
      nodename: 'n1',
      localip: '10.0.0.1',
      local: 'tcp -h 127.0.0.1 -p 10003 -t 10000',
      exe: '/s/releases/1/CartServer',
      basepath: '/s/releases/1/',
      datapath: '/s/data/',
      logpath: '/s/log/tars/',
      mainclass: 'com.qq.shop.cartserver.CartServer',
      setdivision: 'NULL',
      enableset: 'n',
      asyncthread: '3',
      'config-center-port': '0',
      baseimage: '',
      sha: '',
      priKey: '',
    });
    const inSet = configMacros(configSource({ type: 'tars-nodejs', set: 'a.b.1' }));
    expect(inSet).toMatchObject({ setdivision: 'a.b.1', enableset: 'y', asyncthread: '0' });
  });

  test('that nobody knows stay as they are', () => {
    const template =
      '<tars>\n<application>\n<server>\nx=${app} ${HOME} ${constructor}\n</server>\n</application>\n</tars>';
    const text = renderServiceConfig(configSource({ template }));
    expect(text).toContain('x=Shop ${HOME} ${constructor}\n');
  });
});

describe('addresses', () => {
  const addresses = { lan: '10.0.0.1', wan: '198.51.100.7' };
  test.each([
    ['no network named', undefined, '10.0.0.1', ['10.0.0.1']],
    ['one', ['wan'], '198.51.100.7', ['198.51.100.7']],
    ['two', ['lan', 'wan'], '0.0.0.0', ['10.0.0.1', '198.51.100.7']],
    ['one that the node lacks', ['moon'], '10.0.0.1', ['10.0.0.1']],
    ['one of two', ['moon', 'wan'], '198.51.100.7', ['198.51.100.7']],
    ['a name of the language', ['constructor'], '10.0.0.1', ['10.0.0.1']],
  ])('%s', (_, networks, bound, reached) => {
    const one = servant('AObj', networks === undefined ? {} : { networks });
    expect(bindHost(one, addresses)).toBe(bound);
    expect(reachedAt(one, addresses)).toEqual(reached);
  });
});

describe('keys for the agent', () => {
  test.each([
    ['A=1;B=2', { A: '1', B: '2' }],
    ['A=1|B=x=y| C = 3 ', { A: '1', B: 'x=y', C: '3' }],
    ['', {}],
    ['no pair;=x;2A=1;A B=1', {}],
  ])('env %j', (text, expected) => {
    expect(parseEnvironmentKey(text)).toEqual(expected);
  });

  test.each([
    [undefined, 45_000],
    ['60000', 60_000],
    ['1000', 25_000],
    ['45', 45_000],
    ['soon', 45_000],
    ['-1', 45_000],
  ])('hearttimeout %j', (text, expected) => {
    expect(beatTimeoutMs(text, 25_000)).toBe(expected);
  });

  test('tell adapters from other sections', () => {
    const text =
      '<tars>\n<application>\n<server>\n<A.B.CAdapter>\nendpoint=x\n</A.B.CAdapter>\n<other>\na=1\n</other>\n</server>\n</application>\n</tars>';
    expect(templateKeys(parseConfigText(text)).adapters).toEqual(['A.B.CAdapter']);
  });
});
