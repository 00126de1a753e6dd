/** What people copy from the documentation works: YAML, commands and links. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createProgram } from '../../../cli/program.ts';
import type { JsonSchema } from '../../../schemas/json-schema.ts';
import { isKindName, kindSchemas } from '../../../schemas/kinds.ts';
import { loadFile } from '../../../spec/read/load-file.ts';
import { codeBlocks, listPages, readPage, type CodeBlock } from '../../support/docs/markdown.ts';

const pages = listPages();
const blocks = pages.flatMap(codeBlocks);
const named = (found: readonly CodeBlock[]) =>
  found.map((block): [string, CodeBlock] => [`${block.page}:${block.line}`, block]);

describe('YAML', () => {
  const yaml = blocks.filter(({ language }) => language === 'yaml');
  const isWhole = ({ text }: CodeBlock) => text.includes('apiVersion:');

  test.each(named(yaml.filter(isWhole)))('%s is valid', (path, { text }) => {
    const bytes = new TextEncoder().encode(text);
    const { objects, faults } = loadFile({ path: `${path}.yaml`, blobId: '', bytes });
    expect(faults).toEqual([]);
    expect(objects.length).toBe(text.split(/^---$/m).length);
  });

  test.each(named(yaml.filter((block) => !isWhole(block))))('%s fits its place', (_, { text }) => {
    const [, place] = /^# (\w[\w.]*)\n/.exec(text) ?? [];
    expect(
      place,
      'the first line is a comment with the place, such as "# Service.spec"',
    ).toBeDefined();
    for (const [field, value] of Object.entries(parse(text) as object)) {
      const validate = new Ajv2020({ strict: false }).compile(schemaOf(`${place}.${field}`));
      expect(validate(value), `${field}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
  });

  test('there is some', () => {
    expect(yaml.filter(isWhole).length).toBeGreaterThan(10);
  });
});

function schemaOf(path: string): JsonSchema {
  const [kind = '', ...fields] = path.split('.');
  if (!isKindName(kind)) throw new Error(`There is no kind ${kind}.`);
  return fields.reduce((schema: JsonSchema, field) => {
    const inner = schema.items ?? schema;
    const found = inner.properties?.[field];
    if (found === undefined) throw new Error(`${path}: there is no field ${field}.`);
    return found;
  }, kindSchemas[kind]);
}

describe('commands', () => {
  const program = createProgram({});
  const lines = blocks
    .filter(({ language }) => ['sh', 'text', ''].includes(language))
    .flatMap((block) => commandsIn(block).map((line): [string, string] => [block.page, line]));

  test.each(lines)('%s: %s', (_, line) => {
    checkCommand(program, line);
  });

  test.each([
    'tarsctl stauts',
    'tarsctl status --follow',
    'tarsctl logs',
    'tarsctl patch puhs A B C',
  ])('a wrong one would be noticed: %s', (line) => {
    expect(() => checkCommand(program, line)).toThrow();
  });

  test('there are some', () => {
    expect(lines.length).toBeGreaterThan(30);
  });
});

/** The calls of tarsctl in a block; of shown output only those behind a prompt. */
function commandsIn({ language, text }: CodeBlock): string[] {
  const call = language === 'sh' ? /(?:^|[\s/])(tarsctl .*)$/ : /^\$ (tarsctl .*)$/;
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.replace(/\s#.*$/, '').trim())
    .flatMap((line) => call.exec(line)?.[1] ?? [])
    .map((line) => line.replaceAll(/"[^"]*"/g, 'TEXT').replace(/ (?:\||&&|;|>) .*$/, ''));
}

/** Throws for a command, an option or a number of arguments that tarsctl would refuse. */
function checkCommand(program: Command, line: string): void {
  let command = program;
  let found = 0;
  const words = line.split(/\s+/).slice(1);
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word.startsWith('-')) {
      const [flag] = word.split('=');
      const option = [...command.options, ...program.options].find(
        (one) => one.long === flag || one.short === flag,
      );
      if (flag === '--help' || option?.long === '--version') return;
      if (option === undefined) throw new Error(`${command.name()} has no ${word}`);
      if ((option?.required === true || option?.optional === true) && !word.includes('=')) at += 1;
      continue;
    }
    const next = command.commands.find(
      (one) => one.name() === word || one.aliases().includes(word),
    );
    if (next !== undefined) command = next;
    else found += 1;
  }
  const needed = command.registeredArguments.filter(({ required }) => required).length;
  // Some commands do something themselves, and have others below them.
  const runsItself = ['controller'].includes(command.name());
  const isGroup = command.commands.length > 0 && !runsItself;
  if (isGroup || found < needed || found > command.registeredArguments.length) {
    throw new Error(`${line}: ${command.name()} takes other arguments`);
  }
}

describe('links', () => {
  const links = pages.flatMap((page) =>
    [...readPage(page).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      ([, target = '']): [string, string] => [page, target],
    ),
  );

  test.each(links)('%s leads to %s', (page, target) => {
    expect(existsSync(new URL(`../../../${join(dirname(page), target)}`, import.meta.url))).toBe(
      true,
    );
  });
});
