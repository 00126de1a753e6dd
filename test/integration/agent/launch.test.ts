import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findBinFolder } from '../../../nodeagent/supervisor/launch/bin-folder.ts';
import { sortJvmFlags } from '../../../nodeagent/supervisor/launch/jvm-flags.ts';
import { planLaunch, type Launch } from '../../../nodeagent/supervisor/launch/launch.ts';
import { quote } from '../../../nodeagent/supervisor/launch/quote.ts';
import { runCommand } from '../../../nodeagent/process/run-command.ts';
import { templateKeys } from '../../../nodeagent/tars-config/template-keys.ts';
import type { InstanceRevision, TarsType } from '../../../spec/desired-state.ts';
import { parseConfigText } from '../../../tars/config/config-text.ts';
import { target } from '../../support/agent/targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** As the stock template has them. */
const tarsJavaKeys =
  'mainclass=com.qq.tars.server.startup.Main\nclasspath=/b/conf:/b/WEB-INF/classes:/b/WEB-INF/lib';

/** A name that ends in `*` is executable; one that ends in `/` is a folder. */
function packageWith(...names: readonly string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    const path = join(folder, name.replace(/[*/]$/, ''));
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (name.endsWith('/')) continue;
    writeFileSync(path, name.endsWith('package.json') ? '{"main":"app.js"}' : '');
    if (name.endsWith('*')) chmodSync(path, 0o755);
  }
  return folder;
}

interface LaunchWish {
  readonly type: TarsType;
  readonly release: string;
  readonly keys?: string;
  readonly nodeAgentPath?: string;
  readonly host?: string;
  readonly start?: string;
}

function launch(wish: LaunchWish): Launch & { readonly bin: string; readonly words: string } {
  const { type, start } = wish;
  const content = {
    ...target({ service: 'Shop.CartServer', type, ...(start === undefined ? {} : { start }) })
      .content,
  } as InstanceRevision & { type: TarsType };
  const bin = findBinFolder(wish.release);
  const text = `<tars>\n<application>\n<server>\n${wish.keys ?? ''}\n</server>\n</application>\n</tars>`;
  const planned = planLaunch({
    content,
    bin,
    conf: '/c/x.conf',
    keys: templateKeys(parseConfigText(text)),
    nodeBinary: '/n/node',
    nodeAgentPath: wish.nodeAgentPath,
    nodeHost: wish.host === undefined ? undefined : () => wish.host!,
  });
  const words = planned.command.replaceAll("'", '').replaceAll(bin, '$bin');
  return { ...planned, bin, words };
}

describe('the folder of the program', () => {
  test.each([
    ['C++: one folder around all', ['Cart/CartServer*', 'Cart/conf/a'], 'Cart'],
    ['Go: nothing around', ['CartServer*', 'conf/a'], ''],
    [
      'Node: two folders around',
      ['Cart/Cart/src/app.js', 'Cart/Cart/tars_nodejs/node*'],
      'Cart/Cart',
    ],
    ['Node: src and what runs it', ['Cart/src/app.js', 'Cart/tars_nodejs/node*'], 'Cart'],
    ['PHP: nothing but src', ['Cart/src/index.php'], 'Cart'],
    ['Java: nothing but WEB-INF', ['WEB-INF/lib/a.jar'], ''],
    ['one file', ['CartServer.jar'], ''],
    ['nothing', [], ''],
  ])('%s', (_, names, expected) => {
    const folder = packageWith(...names);
    expect(findBinFolder(folder)).toBe(expected === '' ? folder : join(folder, expected));
  });

  test('is not looked for beyond a link', () => {
    const folder = packageWith('.tarsier-release.json', 'a/b/CartServer*');
    expect(findBinFolder(folder)).toBe(join(folder, 'a', 'b'));
  });
});

describe('the command line', () => {
  const rows: readonly (readonly [
    string,
    LaunchWish['type'],
    readonly string[],
    string,
    string,
  ])[] = [
    [
      'C++',
      'tars-cpp',
      ['x/CartServer*', 'x/lib/a.so'],
      '',
      'exec $bin/CartServer --config=/c/x.conf',
    ],
    [
      'Go, another name',
      'tars-go',
      ['OtherServer*', 'README', 'server.txt'],
      '',
      'exec $bin/OtherServer --config=/c/x.conf',
    ],
    [
      'Python',
      'tars-python',
      ['CartServer*', 'start_server.sh*'],
      '',
      'exec $bin/CartServer --config=/c/x.conf',
    ],
    [
      'a named program',
      'tars-cpp',
      ['CartServer*', 'tool*'],
      'exe=tool',
      'exec $bin/tool --config=/c/x.conf',
    ],
    [
      'Java classes',
      'tars-java',
      ['WEB-INF/lib/a.jar', 'META-INF/x'],
      'jvmparams=-Xmx1g -XX:+UseConcMarkSweepGC',
      'exec java -Dconfig=/c/x.conf -Xmx1g -cp $bin/conf:$bin/WEB-INF/classes:$bin/WEB-INF/lib/* com.qq.tars.server.startup.Main',
    ],
    [
      'Java classes as the template says',
      'tars-java',
      ['WEB-INF/lib/a.jar'],
      'java=/j/bin/java\nclasspath=/x/lib\nmainclass=a.B',
      'exec /j/bin/java -Dconfig=/c/x.conf -cp /x/lib/* a.B',
    ],
    [
      'a jar',
      'tars-java',
      ['CartServer.jar', 'other.jar'],
      'packageFormat=jar',
      'exec java -Dconfig=/c/x.conf -jar $bin/CartServer.jar',
    ],
    [
      'a jar with another name than the template says',
      'tars-java',
      ['cart-1.0.jar'],
      'packageFormat=jar\njvmparams=-Da\\=b\nmainclass=-jar /nowhere/Shop.CartServer.jar --spring',
      'exec java -Dconfig=/c/x.conf -Da=b -jar $bin/cart-1.0.jar --spring',
    ],
    [
      'a jar under the stock template, which names the usual class',
      'tars-java',
      ['cart-1.0.jar'],
      tarsJavaKeys,
      'exec java -Dconfig=/c/x.conf -jar $bin/cart-1.0.jar',
    ],
    [
      'jars with a class path of its own',
      'tars-java',
      ['a.jar', 'b.jar'],
      'classpath=/x/lib\nmainclass=com.qq.tars.server.startup.Main',
      'exec java -Dconfig=/c/x.conf -cp /x/lib/* com.qq.tars.server.startup.Main',
    ],
    [
      'PHP',
      'tars-php',
      ['Cart/src/index.php'],
      '',
      'exec php $bin/src/index.php --config=/c/x.conf',
    ],
    [
      'PHP as the template says',
      'tars-php',
      ['a.php', 'b'],
      'php=/p/php\nentrance=a.php',
      'exec /p/php $bin/a.php --config=/c/x.conf',
    ],
    [
      'Node with everything in the package',
      'tars-nodejs',
      [
        'C/src/package.json',
        'C/src/app.js',
        'C/tars_nodejs/node*',
        'C/tars_nodejs/node-agent/bin/node-agent',
      ],
      '',
      'exec $bin/tars_nodejs/node $bin/tars_nodejs/node-agent/bin/node-agent $bin/src -c /c/x.conf',
    ],
    [
      'Node with a node-agent among its modules',
      'tars-nodejs',
      [
        'package.json',
        'app.js',
        'node_modules/@tars/node-agent/bin/node-agent',
        'node_modules/a/package.json',
      ],
      '',
      'exec /n/node $bin/node_modules/@tars/node-agent/bin/node-agent $bin -c /c/x.conf',
    ],
    ['plain Node', 'tars-nodejs', ['package.json', 'app.js'], '', 'exec /n/node $bin/app.js'],
    [
      'plain Node of its own',
      'tars-nodejs',
      ['index.js', 'other'],
      'nodejs=/own/node',
      'exec /own/node $bin/index.js',
    ],
  ];
  test.each(rows)('%s', (...[, type, names, keys, expected]) => {
    expect(launch({ type, release: packageWith(...names), keys }).words).toBe(expected);
  });

  test('of Node takes the node-agent of the machine, or our host, where there is one', () => {
    const release = packageWith('package.json', 'app.js');
    const machine = packageWith('bin/node-agent');
    const withAgent = launch({
      type: 'tars-nodejs',
      release,
      nodeAgentPath: machine,
      host: '/h/host.js',
    });
    expect(withAgent.words).toBe(`exec /n/node ${machine}/bin/node-agent $bin -c /c/x.conf`);
    expect(withAgent).toMatchObject({ beats: 'library', admin: true, stopSignal: 'SIGINT' });
    const withHost = launch({ type: 'tars-nodejs', release, host: '/h/host.js' });
    expect(withHost.words).toBe('exec /n/node --import file:///h/host.js $bin/app.js');
    expect(withHost).toMatchObject({ beats: 'host', admin: true, folder: withHost.bin });
    // Its own Node may be of any age.
    const own = packageWith('package.json', 'app.js', 'tars_nodejs/node*');
    const plain = launch({ type: 'tars-nodejs', release: own, host: '/h/host.js' });
    expect(plain.words).toBe('exec $bin/tars_nodejs/node $bin/app.js');
    expect(plain).toMatchObject({ beats: 'none', admin: false });
  });

  test('that the spec gives wins', () => {
    const release = packageWith();
    expect(launch({ type: 'tars-cpp', release, start: './go' }).command).toBe('./go');
  });

  test.each([
    ['tars-cpp', ['README'], '', 'has no executable file CartServer'],
    ['tars-go', ['CartServer'], '', 'has no executable file CartServer'],
    ['tars-cpp', ['CartServer*'], 'exe=other', 'has no executable file other'],
    ['tars-java', ['a.jar', 'b.jar'], 'packageFormat=jar', 'more than one jar (a.jar, b.jar)'],
    ['tars-java', ['shop/Main.class', 'x'], tarsJavaKeys, 'no other jar'],
    ['tars-php', ['x', 'y'], '', '/src/index.php'],
    ['tars-nodejs', ['x', 'y'], '', 'has none of server.js, app.js, start.js, index.js'],
  ] as const)('of %s with %j is missing, and says what is', (type, names, keys, message) => {
    const release = packageWith(...names);
    expect(() => launch({ type, release, keys })).toThrow(message);
  });

  test('is safe from what is in a name', async () => {
    const name = `it's $(id) "; echo gone #\\`;
    const { tail } = await runCommand(`printf %s ${quote(name)}`, {
      folder: '/',
      env: {},
      timeoutMs: 5000,
      marker: 'TEST_QUOTE=1',
    });
    expect(tail).toBe(name);
  });
});

describe('flags of Java', () => {
  test('that only an old one knows are left out, and said', () => {
    const stock =
      '-Dcom.sun.management.jmxremote.ssl=false -Xms2000m -Xmx2000m -Xmn1000m -Xss1000k -XX:PermSize=128M -XX:+UseConcMarkSweepGC -XX:CMSInitiatingOccupancyFraction=60 -XX:+UseCMSCompactAtFullCollection -XX:+PrintGCApplicationStoppedTime -XX:+PrintGCDateStamps -XX:+PrintGCDetails -XX:+CMSParallelRemarkEnabled -XX:+UseParNewGC -XX:+HeapDumpOnOutOfMemoryError';
    expect(sortJvmFlags(stock).kept).toEqual([
      '-Dcom.sun.management.jmxremote.ssl=false',
      '-Xms2000m',
      '-Xmx2000m',
      '-Xmn1000m',
      '-Xss1000k',
      '-XX:+HeapDumpOnOutOfMemoryError',
    ]);
    const { remark } = launch({
      type: 'tars-java',
      release: packageWith('WEB-INF/lib/a.jar'),
      keys: 'jvmparams=-XX:+PrintGCDetails',
    });
    expect(remark?.message).toContain('It runs without -XX:+PrintGCDetails');
  });
});
