/** Hostile files: each ends in its own code, quickly, and leaves nothing behind. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderFaultsAsText } from '../../../spec/fault-output/render-text.ts';
import { checkDirectory } from '../../../spec/read/check-directory.ts';
import { loadFile } from '../../../spec/read/load-file.ts';
import { isTarsierError } from '../../../errors/tarsier-error.ts';

const head = 'apiVersion: tarsier/v1\nkind: Service\nmetadata: { name: Shop.CartServer }\nspec:\n';

function load(content: string | Uint8Array) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return loadFile({ path: 'hostile.yaml', blobId: 'x', bytes });
}

/** Time of this thread on a core, so that it does not matter what else the machine does. */
const cpuMsMax = 1_000;

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

const laughs = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  'b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]',
  'c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]',
  'd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]',
  'e: [*d, *d, *d, *d, *d, *d, *d, *d, *d]',
].join('\n');

const keys = (count: number) => Array.from({ length: count }, (_, i) => `  k${i}: 1\n`).join('');

const files: readonly [name: string, content: string | Uint8Array, codes: readonly string[]][] = [
  ['Y1 billion laughs', laughs, ['SPEC_YAML_ANCHOR', 'SPEC_YAML_ALIAS']],
  ['Y1 anchor that holds itself', `${head}  a: &a [*a]\n`, ['SPEC_YAML_ANCHOR', 'SPEC_YAML_ALIAS']],
  ['Y1 chain of merge keys', `${head}  <<: [{ a: 1 }, { b: 2 }]\n`, ['SPEC_YAML_MERGE_KEY']],
  [
    'Y1 9,000 anchors',
    `x:\n${Array.from({ length: 9_000 }, (_, i) => `- &a${i} x`).join('\n')}`,
    ['SPEC_API_VERSION', 'SPEC_UNKNOWN_KIND', 'SPEC_YAML_ANCHOR'],
  ],
  ['Y2 100 KB of open brackets', '['.repeat(100_000), ['SPEC_TOO_DEEP']],
  ['Y2 100 KB of brackets and commas', '[,'.repeat(50_000), ['SPEC_YAML_SYNTAX']],
  ['Y2 20,000 keys', `${head}${keys(20_000)}`, ['SPEC_TOO_MANY_KEYS']],
  [
    'Y2 20,000 times the same key',
    `${head}${'  k: 1\n'.repeat(20_000)}`,
    ['SPEC_YAML_DUPLICATE_KEY'],
  ],
  [
    'Y2 9,000 wrong items',
    `${head}  placement:\n    - nodes:\n${'        - 1\n'.repeat(9_000)}`,
    ['SPEC_WRONG_TYPE', 'SPEC_MISSING_FIELD'],
  ],
  [
    'Y2 20,000 items',
    `${head}  placement:\n${'    - 1\n'.repeat(20_000)}`,
    ['SPEC_TOO_MANY_ITEMS'],
  ],
  [
    'Y2 nesting of blocks',
    `${Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')} x`,
    ['SPEC_TOO_DEEP'],
  ],
  ['Y2 nesting of lists', '- '.repeat(5_000), ['SPEC_TOO_DEEP']],
  ['Y2 200,000 empty documents', '---\n'.repeat(60_000), ['SPEC_TOO_MANY_DOCUMENTS']],
  ['Y2 one document after the other', `a: 1\n---\n`.repeat(20_000), ['SPEC_TOO_MANY_DOCUMENTS']],
  ['Y2 broken documents', `a: [\n---\n`.repeat(20_000), ['SPEC_TOO_MANY_DOCUMENTS']],
  ['Y2 a text of 200 KB', `${head}  profile: ${'x'.repeat(200_000)}\n`, ['SPEC_TEXT_TOO_LONG']],
  ['Y2 a key of 200 KB', `${head}  ${'k'.repeat(200_000)}: x\n`, ['SPEC_TEXT_TOO_LONG']],
  ['Y2 a file of 257 KB', `#${' '.repeat(257 * 1024)}`, ['SPEC_FILE_TOO_LARGE']],
  ['Y2 200 KB of quotes', `a: "${'\\"'.repeat(100_000)}`, ['SPEC_YAML_SYNTAX']],
  ['Y2 200 KB of colons', `a: ${': '.repeat(100_000)}`, ['SPEC_YAML_SYNTAX']],
  ['Y2 20,000 directives', '%TAG !a b\n'.repeat(20_000), ['SPEC_YAML_DIRECTIVE']],
  [
    'Y3 duplicate keys',
    `${head}  type: process\n  type: process\n`,
    ['SPEC_YAML_DUPLICATE_KEY', 'SPEC_MISSING_FIELD'],
  ],
  [
    'Y3 tag that makes code',
    `${head}  x: !!js/function "x"\n`,
    ['SPEC_YAML_TAG', 'SPEC_UNKNOWN_FIELD', 'SPEC_MISSING_FIELD'],
  ],
  ['Y3 tag that is not declared', `${head}  x: !a!b c\n`, ['SPEC_YAML_TAG']],
  ['Y3 tabs', `${head}\ttype: process\n`, ['SPEC_YAML_TAB']],
  ['Y3 NUL', `${head}  type: pro\0cess\n`, ['SPEC_NUL_CHARACTER']],
  ['Y3 invalid UTF-8', new Uint8Array([0x61, 0x3a, 0x20, 0xc3, 0x28]), ['SPEC_NOT_UTF8']],
  ['Y3 overlong UTF-8', new Uint8Array([0x61, 0x3a, 0x20, 0xc0, 0xaf]), ['SPEC_NOT_UTF8']],
  ['Y3 lone surrogate', new Uint8Array([0x61, 0x3a, 0x20, 0xed, 0xa0, 0x80]), ['SPEC_NOT_UTF8']],
  ['Y3 byte order mark', `\uFEFF${head}`, ['SPEC_BYTE_ORDER_MARK']],
  [
    'Y4 __proto__',
    `${head}  __proto__: { polluted: true }\n`,
    ['SPEC_FORBIDDEN_KEY', 'SPEC_MISSING_FIELD'],
  ],
  [
    'Y4 constructor',
    `${head}  constructor: { prototype: { polluted: true } }\n`,
    ['SPEC_FORBIDDEN_KEY', 'SPEC_MISSING_FIELD'],
  ],
  [
    'Y4 a kind from the prototype',
    'apiVersion: tarsier/v1\nkind: toString\nmetadata: {}\nspec: {}\n',
    ['SPEC_UNKNOWN_KIND'],
  ],
  [
    'Y4 a kind that throws when shown',
    'apiVersion: { toString: 1 }\nkind: { toString: 1 }\n',
    ['SPEC_API_VERSION', 'SPEC_UNKNOWN_KIND'],
  ],
  [
    'Y5 version 1.10',
    `${head}  type: tars-nodejs\n  placement: [{ nodes: [a] }]\n  release: { package: A.B, version: 1.10 }\n`,
    ['SPEC_WRONG_TYPE'],
  ],
  [
    'Y5 mode 0755',
    `${head}  type: process\n  run: { start: x }\n  placement: [{ nodes: [a] }]\n  env: { MODE: 0755 }\n`,
    ['SPEC_YAML_NUMBER'],
  ],
  [
    'Y6 a path out of the folder',
    'apiVersion: tarsier/v1\nkind: Config\nmetadata: { name: a }\nspec: { scope: { app: A }, fileName: ../../etc/cron.d/x, content: x }\n',
    ['SPEC_INVALID_FORMAT'],
  ],
  [
    'Y6 a file out of the repository',
    'apiVersion: tarsier/v1\nkind: Config\nmetadata: { name: a }\nspec: { scope: { app: A }, fileName: a, file: /etc/passwd }\n',
    ['SPEC_INVALID_FORMAT'],
  ],
  [
    'Y8 a text that is slow to match',
    `${head}  type: process\n  placement: [{ nodes: [${'a'.repeat(60_000)}!] }]\n  run: { start: x }\n`,
    ['SPEC_INVALID_FORMAT'],
  ],
  [
    'a file name that is slow to match',
    `apiVersion: tarsier/v1\nkind: Config\nmetadata: { name: a }\nspec: { scope: { app: A }, content: x, fileName: ${'a/'.repeat(60_000)}! }\n`,
    ['SPEC_INVALID_FORMAT', 'SPEC_TEXT_TOO_LONG'],
  ],
  [
    'an address rule that is slow to match',
    `apiVersion: tarsier/v1\nkind: NodeSet\nmetadata: { name: a }\nspec: { names: a, dataCenter: a, addresses: { x: { pattern: "${'${name}'.repeat(10_000)}!" } } }\n`,
    ['SPEC_INVALID_FORMAT'],
  ],
];

describe('hostile files', () => {
  test.each(files)('%s', (_, content, codes) => {
    const started = cpuMs();
    const file = load(content);
    const text = typeof content === 'string' ? content : 'x';
    const output = renderFaultsAsText(file.faults, () => text);
    const tookMs = cpuMs() - started;
    const found = new Set(file.faults.map(({ code }) => code));
    found.delete('SPEC_MORE_FAULTS');
    expect([...found].toSorted()).toEqual([...codes].toSorted());
    expect(file.objects).toEqual([]);
    expect(file.faults.length).toBeLessThanOrEqual(21);
    expect(output.length).toBeLessThan(20_000);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(tookMs).toBeLessThan(cpuMsMax);
  });
});

describe('hostile folders', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tarsier-hostile-'));
    writeFileSync(
      join(root, 'good.yaml'),
      'apiVersion: tarsier/v1\nkind: Cluster\nmetadata: { name: a }\nspec: {}\n',
    );
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  async function check() {
    const { faults, objectCount, readSource } = await checkDirectory(root);
    return {
      codes: faults.map(({ code, severity, place }) => `${severity} ${code} ${place.path}`),
      objectCount,
      text: renderFaultsAsText(faults, readSource),
    };
  }

  test('G4 a link to a file outside is refused and not read', async () => {
    writeFileSync(join(root, '..', 'outside-secret'), 'secret: 1');
    symlinkSync('/etc/passwd', join(root, 'passwd.yaml'));
    const { codes, objectCount, text } = await check();
    rmSync(join(root, '..', 'outside-secret'));
    expect(codes).toEqual(['error FILE_LINK_REFUSED passwd.yaml']);
    expect(objectCount).toBe(1);
    expect(text).not.toContain('root:');
  });

  test('G4 a link to a folder is not followed; one that is no spec file is only named', async () => {
    symlinkSync('/', join(root, 'everything'));
    symlinkSync('.', join(root, 'loop'));
    expect((await check()).codes).toEqual([
      'warning FILE_LINK_REFUSED everything',
      'warning FILE_LINK_REFUSED loop',
    ]);
  });

  test('G5 a repository inside is not read', async () => {
    mkdirSync(join(root, 'inner/.git'), { recursive: true });
    writeFileSync(join(root, 'inner/bad.yaml'), '[');
    expect((await check()).codes).toEqual(['warning FILE_SUBMODULE_REFUSED inner']);
  });

  test('a pipe does not hang the reader', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(root, 'pipe.yaml')]);
    expect((await check()).codes).toEqual(['error SPEC_NOT_A_FILE pipe.yaml']);
  });

  test('G7 a huge file is refused by its size', async () => {
    writeFileSync(join(root, 'huge.yaml'), '');
    truncateSync(join(root, 'huge.yaml'), 5 * 1024 ** 3);
    expect((await check()).codes).toEqual(['error SPEC_FILE_TOO_LARGE huge.yaml']);
  });

  test('what begins with a dot, and node_modules, is left alone', async () => {
    for (const folder of ['.github', 'node_modules/a', 'a/.hidden']) {
      mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, folder, 'bad.yaml'), '[');
      symlinkSync('/', join(root, folder, 'link.yaml'));
    }
    expect((await check()).codes).toEqual([]);
  });

  test.each([
    ['with\nnewline.yaml', 'with␊newline.yaml'],
    ['with\u001b[31mescape.yaml', 'with␛[31mescape.yaml'],
    ['back\\slash.yaml', 'back\\slash.yaml'],
    ['-rf.yaml', '-rf.yaml'],
    ['中文.yaml', '中文.yaml'],
  ])('G3 the name %j is refused, and shown safely', async (name, shown) => {
    writeFileSync(join(root, name), '[');
    const { codes, text } = await check();
    expect(codes).toEqual([`error FILE_NAME_REFUSED ${name}`]);
    expect(text).toContain(shown);
    expect(text).not.toContain('\u001b');
  });

  test.each([
    ['the file', 'passwd.conf', '/etc/passwd', 'passwd.conf'],
    ['a folder above it', 'etc', '/etc', 'etc/passwd'],
  ])('a Config cannot read through a link: %s', async (_, link, target, file) => {
    symlinkSync(target, join(root, link));
    writeFileSync(
      join(root, 'config.yaml'),
      `apiVersion: tarsier/v1\nkind: Config\nmetadata: { name: a }\nspec: { scope: { app: A }, fileName: a.conf, file: ${file} }\n`,
    );
    const { codes } = await check();
    expect(codes).toContain('error SPEC_FILE_REFUSED config.yaml');
  });

  test('a folder that is not there is an error of usage', async () => {
    const failure = await checkDirectory(join(root, 'nowhere')).catch((error: unknown) => error);
    expect(isTarsierError(failure) && failure.code).toBe('USAGE');
  });
});
