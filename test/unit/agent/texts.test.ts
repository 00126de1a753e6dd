import { describe, expect, test } from 'vitest';
import {
  mergeSections,
  parseConfigText,
  printConfigText,
} from '../../../tars/config/config-text.ts';
import { renderServiceConfig } from '../../../nodeagent/tars-config/service-config.ts';
import {
  describeExit,
  exitRecord,
  parseJournal,
} from '../../../nodeagent/supervisor/decide/journal.ts';
import { replaceMacros } from '../../../nodeagent/supervisor/prepare/macros.ts';
import { servant } from '../../support/agent/targets.ts';

describe('a journal', () => {
  const whole =
    'run x\nshim 10 100\npre-start 0\nservice 11 101\nready 5\nstop-asked 6 target\nstop-sent 7\nkilled 8 stop-timeout\nexit 137\nended 9\ncleaned 10\n';

  test('is read line by line', () => {
    expect(parseJournal(whole)).toEqual({
      unlimited: [],
      shim: { pid: 10, startTicks: 100 },
      preStart: 0,
      service: { pid: 11, startTicks: 101 },
      readyAt: 5,
      stopAskedAt: 6,
      stopAskedWhy: 'target',
      stopSentAt: 7,
      killedAt: 8,
      killedWhy: 'stop-timeout',
      exitStatus: 137,
      endedAt: 9,
      cleanedAt: 10,
    });
  });

  test('that was cut anywhere says nothing that is not true', () => {
    const all = JSON.stringify(parseJournal(whole));
    for (let length = 0; length < whole.length; length += 1) {
      const facts = parseJournal(whole.slice(0, length));
      for (const [name, value] of Object.entries(facts)) {
        expect(all, `${length}`).toContain(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
      }
    }
  });

  test.each(['constructor 1', 'shim', 'shim x y', 'shim 0 1', 'exit', 'exit x', '__proto__ 1'])(
    'ignores %j',
    (line) => {
      expect(parseJournal(`${line}\n`)).toEqual({ unlimited: [] });
    },
  );

  test.each([
    [0, { code: 0, at: 1 }, 'exited with code 0'],
    [7, { code: 7, at: 1 }, 'exited with code 7'],
    [137, { signal: 'SIGKILL', at: 1 }, 'was ended by SIGKILL'],
    [143, { signal: 'SIGTERM', at: 1 }, 'was ended by SIGTERM'],
    [255, { code: 255, at: 1 }, 'exited with code 255'],
    [
      undefined,
      { at: 1 },
      'ended, and what it returned is not known because its shim was killed too',
    ],
  ])('exit status %s', (status, record, words) => {
    expect(exitRecord(status, 1)).toEqual(record);
    expect(describeExit(exitRecord(status, 1))).toBe(words);
  });
});

describe('macros', () => {
  const values = {
    node: 'n1',
    address: '10.0.0.1',
    conf: '/s/conf',
    data: '/s/data',
    release: '/s/current',
    ports: new Map([['WebObj', 8080]]),
  };

  test.each([
    ['${node} ${address} ${conf} ${data} ${release}', 'n1 10.0.0.1 /s/conf /s/data /s/current'],
    ['--port ${port.WebObj}', '--port 8080'],
    ['$node ${HOME} ${node:-x} $$ ${nodes}', '$node ${HOME} ${node:-x} $$ ${nodes}'],
  ])('%s', (text, expected) => {
    expect(replaceMacros(text, values, 'run.start')).toBe(expected);
  });

  test('of a port that nobody declared name the field and what there is', () => {
    expect(() => replaceMacros('${port.AdminObj}', values, 'run.stop')).toThrow(
      'run.stop uses ${port.AdminObj}, but the service has no servant AdminObj (it has: WebObj).',
    );
  });
});

describe('TARS configuration', () => {
  test('is parsed leniently and printed canonically', () => {
    const text =
      '# comment\n<tars>\n  a = 1\n<x>\nb=\nbare\nb=2=3\n</x>\n<x>\nc=x\\=y\n</x>\n</tars>\n</lost>';
    expect(printConfigText(parseConfigText(text))).toBe(
      '<tars>\n  a=1\n  <x>\n    b=2=3\n    bare\n    c=x\\=y\n  </x>\n</tars>\n',
    );
  });

  test('on top wins, key by key', () => {
    const merged = mergeSections(
      parseConfigText('<a>\nx=1\ny=1\n</a>'),
      parseConfigText('<a>\ny=2\n<b>\nz=3\n</b>\n</a>'),
    );
    expect(printConfigText(merged)).toBe('<a>\n  x=1\n  y=2\n  <b>\n    z=3\n  </b>\n</a>\n');
  });

  test('of a service holds its adapters, its place and its template', () => {
    const text = renderServiceConfig({
      service: 'Shop.CartServer',
      type: 'tars-cpp',
      node: 'n1',
      addresses: { lan: '10.0.0.1' },
      exe: '/s/releases/1/CartServer',
      adminPort: 10_002,
      servantsAddress: undefined,
      servantKeys: new Map(),
      callerKeys: [],
      set: undefined,
      basePath: '/s/releases/1',
      dataPath: '/s/data',
      logPath: '/s/log',
      stopTimeoutMs: 3000,
      servants: [
        servant('CartObj', {
          protocol: 'tars',
          threads: 5,
          maxConnections: 7,
          queueCapacity: 8,
          queueTimeoutMs: 9,
        }),
      ],
      ports: new Map([['CartObj', 10_001]]),
      template:
        '<tars>\n<application>\n<server>\nlogLevel=WARN\nextra=${app}/${server}@${nodename}\n</server>\n</application>\n</tars>',
    });
    expect(text).toContain(
      [
        '      <Shop.CartServer.CartObjAdapter>',
        '        allow',
        '        endpoint=tcp -h 10.0.0.1 -p 10001 -t 60000',
        '        maxconns=7',
        '        protocol=tars',
        '        queuecap=8',
        '        queuetimeout=9',
        '        servant=Shop.CartServer.CartObj',
        '        threads=5',
        '      </Shop.CartServer.CartObjAdapter>',
      ].join('\n'),
    );
    for (const line of [
      'app=Shop',
      'server=CartServer',
      'localip=10.0.0.1',
      'basepath=/s/releases/1/',
      'logLevel=WARN',
      'extra=Shop/CartServer@n1',
    ]) {
      expect(text).toContain(`      ${line}\n`);
    }
  });
});
