/** What every command gets: where the controller is, how to print, and which token to show. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { TarsierError } from '../errors/tarsier-error.ts';
import type { TextStyle } from '../spec/wording/text-style.ts';
import { styleFor } from './style.ts';

/** Every format that some command has; `selectFormat` says which ones this command has. */
export type OutputFormat = (typeof formats)[number];

const formats = ['table', 'wide', 'json', 'yaml', 'name', 'text', 'sarif', 'github'] as const;

export type TokenKind = 'publish' | 'agent' | 'read' | 'admin';

export interface CliContext {
  readonly serverUrl: string;
  /** What `-o` says; undefined when it was not given. */
  readonly output: OutputFormat | undefined;
  /** Data of the command. */
  readonly stdout: Writable;
  /** Progress and errors. */
  readonly stderr: Writable;
  /** True when standard error is a terminal: progress may redraw its line. */
  readonly isTty: boolean;
  readonly style: TextStyle;
  /** The token of `TARSIER_TOKEN`, `--token-file`, or the data directory; `undefined` if there is none. */
  token(kind: TokenKind): string | undefined;
}

/** Options of the program itself, as commander parsed them. */
export interface GlobalOptions {
  readonly server?: string;
  readonly output?: string;
  readonly tokenFile?: string;
  readonly data?: string;
}

export const defaultServerUrl = 'http://127.0.0.1:7400';
export const defaultDataDir = '/var/lib/tarsier';

export function createContext(options: GlobalOptions, env: NodeJS.ProcessEnv): CliContext {
  const output = formats.find((format) => format === options.output);
  if (options.output !== undefined && output === undefined) {
    throw unknownFormat(options.output, formats);
  }
  return {
    serverUrl: options.server ?? env['TARSIER_SERVER'] ?? defaultServerUrl,
    output,
    stdout: process.stdout,
    stderr: process.stderr,
    isTty: process.stderr.isTTY === true,
    style: styleFor(process.stdout, env),
    token: (kind) => readToken(kind, options, env),
  };
}

/** The format to print in: the one that was asked for, if this command has it, or its first one. */
export function selectFormat<Format extends OutputFormat>(
  { output }: CliContext,
  known: readonly [Format, ...Format[]],
): Format {
  if (output === undefined) return known[0];
  const found = known.find((format) => format === output);
  if (found === undefined) throw unknownFormat(output, known);
  return found;
}

function unknownFormat(asked: string, known: readonly string[]): TarsierError {
  return new TarsierError('USAGE', `There is no output format "${asked}" here.`, {
    hint: `Use one of: ${known.join(', ')}.`,
  });
}

function readToken(
  kind: TokenKind,
  options: GlobalOptions,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const given = env['TARSIER_TOKEN'];
  if (given !== undefined && given !== '') return given;
  const dataDir = options.data ?? env['TARSIER_DATA'] ?? defaultDataDir;
  const file = options.tokenFile ?? join(dataDir, 'tokens', kind);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if (options.tokenFile === undefined) return undefined;
    throw new TarsierError('USAGE', `Cannot read the token file ${file}.`, { cause });
  }
}
