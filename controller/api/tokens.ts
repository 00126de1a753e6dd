/** The bearer tokens of the HTTP API: made at first start, kept in files that only the owner reads. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';

/**
 * `publish` pushes packages, `agent` connects node agents, `read` sees status from other machines,
 * `admin` takes backups, which hold everything; `peer` is what the controllers of a cluster say to
 * each other, and a single controller has none.
 */
export type TokenKind = 'publish' | 'agent' | 'read' | 'admin' | 'peer';

/** Tokens that all controllers of a cluster share, instead of files of each. */
export type SharedTokens = Readonly<Record<TokenKind, string>>;

const ownKinds: readonly TokenKind[] = ['publish', 'agent', 'read', 'admin'];
const tokenBytes = 32;

export interface Tokens {
  /** Takes the same time whatever is presented. */
  matches(kind: TokenKind, presented: string): boolean;
}

/**
 * Reads the tokens in `folder` (`<data>/tokens`, mode 0700) and makes those that are missing.
 * Safe to repeat and to race: the first complete file wins. `API_TOKEN_UNSAFE` when others can
 * read a token.
 */
export async function openTokens(folder: string): Promise<Tokens> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const digests = new Map<TokenKind, Buffer>();
  for (const kind of ownKinds) {
    digests.set(kind, digestOf(await readOrMakeToken(join(folder, kind))));
  }
  return matchingDigests(digests);
}

/** Writes the tokens that all controllers share where commands on this machine look for them. */
export async function keepSharedTokens(folder: string, shared: SharedTokens): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const kind of ownKinds) {
    const file = join(folder, kind);
    await rm(file, { force: true });
    await writeFile(file, `${shared[kind]}\n`, { mode: 0o600, flush: true });
  }
}

/** `API_TOKEN_UNSAFE` when one of them is too short to be a token. */
export function openSharedTokens(shared: SharedTokens): Tokens {
  const digests = new Map<TokenKind, Buffer>();
  for (const kind of [...ownKinds, 'peer'] as const) {
    if (!isToken(shared[kind])) {
      throw new TarsierError('API_TOKEN_UNSAFE', `The shared token of kind ${kind} is too short.`);
    }
    digests.set(kind, digestOf(shared[kind]));
  }
  return matchingDigests(digests);
}

function matchingDigests(digests: ReadonlyMap<TokenKind, Buffer>): Tokens {
  return {
    matches(kind, presented) {
      const expected = digests.get(kind);
      return expected !== undefined && timingSafeEqual(expected, digestOf(presented));
    },
  };
}

function isToken(text: string): boolean {
  return Buffer.from(text, 'base64url').length >= tokenBytes;
}

/** The tokens themselves, by kind, for a backup; those that are not there are left out. */
export async function readTokens(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const kind of ownKinds) {
    const token = await readToken(join(folder, kind));
    if (token !== undefined) found.set(kind, token);
  }
  return found;
}

async function readOrMakeToken(file: string): Promise<string> {
  const existing = await readToken(file);
  if (existing !== undefined) return existing;
  // Written aside and linked, so that a crash leaves either a whole token or none.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(tokenBytes).toString('base64url')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  const made = await readToken(file);
  if (made === undefined)
    throw new TarsierError('API_TOKEN_UNSAFE', `Cannot keep a token in ${file}.`);
  return made;
}

async function readToken(file: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) {
    throw new TarsierError(
      'API_TOKEN_UNSAFE',
      `The token file ${file} can be read by others (mode ${(mode & 0o777).toString(8)}).`,
      { hint: `Run: chmod 600 ${file}` },
    );
  }
  const token = text.trim();
  if (!isToken(token)) {
    throw new TarsierError('API_TOKEN_UNSAFE', `The token file ${file} does not hold a token.`, {
      hint: `Delete ${file}; a new token is made at the next start.`,
    });
  }
  return token;
}

/** Digests have one length, so comparing them tells nothing about the length of a token. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
