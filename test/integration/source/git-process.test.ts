import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { gitEnvironment } from '../../../controller/source/git-hardening.ts';
import { runGit } from '../../../controller/source/git-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const environment = gitEnvironment('none');

/** Makes git run a program of the test: what an alias of the operator could be. */
function alias(script: string): string[] {
  return ['-c', `alias.run=!${script}`, 'run'];
}

async function isGone(pidFile: string): Promise<boolean> {
  const pid = Number(await readFile(pidFile, 'utf8'));
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone');
  return state === 'gone' || state.includes(') Z ');
}

test.skipIf(process.platform !== 'linux').each([
  ['timed-out', () => ({ timeoutMs: 1_000 })],
  ['output-too-large', () => ({ timeoutMs: 20_000, outputBytesMax: 1_000 })],
  ['aborted', () => ({ timeoutMs: 20_000, signal: AbortSignal.timeout(1_000) })],
] as const)('a command that is %s is killed with what it started', async (ended, limitsOf) => {
  const pidFile = join(temporaryFolder(), 'pid');
  const script = `sleep 1000 & echo $! > ${pidFile}; seq 1 2000; wait`;
  const outcome = await runGit({ args: alias(script), environment, ...limitsOf() });
  expect(outcome.ended).toBe(ended);
  expect(outcome.exitCode).toBeNull();
  await vi.waitFor(async () => expect(await isGone(pidFile)).toBe(true));
});

test('a command that was aborted before it began does not run on', async () => {
  const outcome = await runGit({
    args: alias('sleep 1000'),
    environment,
    timeoutMs: 20_000,
    signal: AbortSignal.abort(),
  });
  expect(outcome.ended).toBe('aborted');
});

test('no file grows beyond its limit', async () => {
  const file = join(temporaryFolder(), 'file');
  const script = `head -c 5000000 /dev/zero > ${file}`;
  await runGit({ args: alias(script), environment, timeoutMs: 20_000, fileBytesMax: 1_000_000 });
  const { length } = await readFile(file);
  expect(length).toBeLessThanOrEqual(1_000_448);
  expect(length).toBeGreaterThan(900_000);
});

test('arguments reach git as they are', async () => {
  const words = ['a b', "it's", '$(id)', '`id`', ';x', '*', '-n', ''];
  for (const limit of [{}, { fileBytesMax: 1_000_000 }]) {
    const args = ['-c', "alias.run=!printf '%s|'", 'run', ...words];
    const outcome = await runGit({ args, environment, timeoutMs: 20_000, ...limit });
    expect(outcome.stdout.toString()).toBe(words.map((word) => `${word}|`).join(''));
  }
});

test('of the environment only what is needed is handed on', async () => {
  vi.stubEnv('GIT_SSH_COMMAND', 'touch /tmp/x');
  vi.stubEnv('GIT_TRACE', '1');
  vi.stubEnv('SECRET_OF_THE_CONTROLLER', 'canary');
  const args = alias('env');
  const outcome = await runGit({ args, environment: gitEnvironment('file'), timeoutMs: 20_000 });
  const text = outcome.stdout.toString() + outcome.stderr;
  expect(text).toContain('GIT_ALLOW_PROTOCOL=file');
  expect(text).not.toMatch(/canary|GIT_TRACE|GIT_SSH_COMMAND/);
  vi.unstubAllEnvs();
});

test('without git there is a code for it', async () => {
  await expect(
    runGit({ args: ['version'], environment: { PATH: '/nonexistent' }, timeoutMs: 1_000 }),
  ).rejects.toMatchObject({ code: 'SOURCE_GIT_MISSING' });
});
