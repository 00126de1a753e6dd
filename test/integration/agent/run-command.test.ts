import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, type CommandResult } from '../../../nodeagent/process/run-command.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tarsier-command-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, timeoutMs = 20_000): Promise<CommandResult> {
  const env = { PATH: process.env['PATH'] ?? '' };
  return runCommand(command, { folder, env, timeoutMs, marker: `TARSIER_TEST=${folder}` });
}

describe('a short command', () => {
  it('that does not end in time has no exit code, also when a child of its own hangs', async () => {
    expect(await run('echo waiting; sleep 600', 300)).toEqual({ code: undefined, tail: 'waiting' });
    expect(await run('exec sleep 600', 300)).toEqual({ code: undefined, tail: '' });
  });

  it('that a signal ends has the code that a shell would give it', async () => {
    expect(await run('kill -KILL $$')).toEqual({ code: 137, tail: '' });
  });

  it('keeps its exit code and its last words', async () => {
    expect(await run('echo broken >&2; exit 3')).toEqual({ code: 3, tail: 'broken' });
  });
});
