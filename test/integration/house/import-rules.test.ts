/** Plants breaches of the import and purity rules, and looks that the linter refuses each of them. */

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** `file: sentence` for every import and global that the project's rules refuse in `files`. */
async function refusalsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = temporaryFolder();
  cpSync(join(root, 'oxlint.config.ts'), join(folder, 'oxlint.config.ts'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const report = await new Promise<string>((resolve) => {
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
    execFile(process.execPath, [oxlint, '-f', 'json'], { cwd: folder }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  const { diagnostics, number_of_files: seen } = JSON.parse(report) as {
    diagnostics: { code: string; filename: string; message: string; help?: string }[];
    number_of_files: number;
  };
  expect(seen).toBe(Object.keys(files).length + 1);
  return diagnostics
    .filter(({ code }) => /no-restricted-(imports|globals|properties)/.test(code))
    .map(({ filename, message, help = '' }) => `${filename}: ${message} ${help}`)
    .toSorted();
}

/** The folders of the table in docs/architecture.md, from the lowest to the highest. */
function documentedLayers(): string[] {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w-]+)[^|]*` \|/gm)].map(([, folder = '']) => folder);
  return rows.slice(0, rows.indexOf('cluster-examples'));
}

const alwaysApart = [
  ['nodeagent', 'controller'],
  ['replica', 'schemas'],
  ['replica', 'tars'],
  ['replica', 'spec'],
  ['sdk', 'controller'],
  ['sdk', 'nodeagent'],
];

test('a folder imports only from folders above it in the table of docs/architecture.md', async () => {
  const layers = documentedLayers();
  expect(layers).toEqual(expect.arrayContaining(['errors', 'controller', 'nodeagent', 'cli']));
  const targets = [...layers, 'test', 'bench', 'cluster-examples'];
  const files: Record<string, string> = {};
  const wanted: string[] = [];
  for (const [height, layer] of layers.entries()) {
    for (const [depth, target] of targets.entries()) {
      if (target === layer) continue;
      const path = `${layer}/deep/imports-${target}.ts`;
      files[path] = `export { found } from '../../${target}/found.ts';\n`;
      const isApart = alwaysApart.some(([one, other]) => one === layer && other === target);
      if (depth > height || isApart) wanted.push(path);
    }
  }

  const refusals = await refusalsOf(files);

  expect(refusals.map((line) => line.split(':')[0])).toEqual(wanted.toSorted());
  expect(
    refusals.find((line) => line.startsWith('nodeagent/deep/imports-controller.ts')),
  ).toContain(
    'nodeagent/ must not import from controller/. Move what both need to a folder that both may import, or pass it in through a port',
  );
});

test.each([
  ['a plain import', `import { found } from '../controller/found.ts';\nexport const x = found;\n`],
  ['a type', `import type { Found } from '../controller/found.ts';\nexport type X = Found;\n`],
  ['all that a file exports', `export * from '../controller/found.ts';\n`],
  ['an import while running', `export const x = () => import('../controller/found.ts');\n`],
  ['an import for its effect', `import '../controller/found.ts';\n`],
])('the rule sees %s', async (_name, text) => {
  expect(await refusalsOf({ 'spec/breach.ts': text })).toEqual([
    expect.stringContaining('spec/ must not import from controller/.'),
  ]);
});

test('pure files take clocks, randomness and the machine as arguments', async () => {
  const pureFolders = [
    'errors',
    'spec/resolve',
    'registry/status',
    'replica/core',
    'link/messages',
    'controller/reconcile',
    'controller/rollout',
    'nodeagent/supervisor/decide',
    'nodeagent/tars-config',
  ];
  const breaches: Record<string, string> = {
    'the machine': `import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n`,
    'a package with effects': `import { fastify } from 'fastify';\nexport const x = fastify;\n`,
    'a part of such a package': `import { x } from 'undici/types/agent.js';\nexport const y = x;\n`,
    'the clock': 'export const x = () => Date.now();\n',
    'the other clock': 'export const x = () => performance.now();\n',
    'a timer': 'export const x = (wake: () => void) => setTimeout(wake, 1);\n',
    randomness: 'export const x = () => Math.random();\n',
    'the environment': `export const x = () => process.env['X'];\n`,
  };
  const files: Record<string, string> = {
    // Where effects are at home, and what only computes, is let through.
    'spec/read/allowed.ts': `import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n`,
    'nodeagent/process/allowed.ts': 'export const x = () => Date.now();\n',
    'spec/allowed.ts': `import { dump } from 'js-yaml';\nexport const x = dump;\n`,
  };
  const wanted: string[] = [];
  for (const folder of pureFolders) {
    for (const [name, text] of Object.entries(breaches)) {
      const path = `${folder}/${name.replaceAll(' ', '-')}.ts`;
      files[path] = text;
      wanted.push(path);
    }
  }

  const refusals = await refusalsOf(files);

  expect(refusals.map((line) => line.split(':')[0])).toEqual(wanted.toSorted());
  for (const line of refusals) expect(line).toContain('This file is pure');
});
