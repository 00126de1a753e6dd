import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deleteOldLogs } from '../../../nodeagent/supervisor/old-logs.ts';
import type { RunIntent } from '../../../nodeagent/supervisor/run/run-intent.ts';
import { retainDays } from '../../../nodeagent/tars-config/template-keys.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const dayMs = 86_400_000;

function fileOf(folder: string, name: string, ageDays: number): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, 'x');
  const at = new Date(Date.now() - ageDays * dayMs - 60_000);
  utimesSync(path, at, at);
  return path;
}

function intent(logDays: number, coreDays: number): RunIntent {
  return { runId: 'old-logs-test', tars: { logDays, coreDays } } as RunIntent;
}

test('old logs and core files are deleted, each after its time, and nothing beyond a link', async () => {
  const folder = temporaryFolder();
  const elsewhere = fileOf(temporaryFolder(), 'old.log', 100);
  symlinkSync(join(elsewhere, '..'), join(folder, 'link'));
  const young = fileOf(folder, 'App/Server/App.Server_20260101.log', 2);
  const old = fileOf(folder, 'App/Server/App.Server_20250101.log', 3);
  const core = fileOf(folder, 'core.123', 3);
  const oldCore = fileOf(folder, 'core', 6);
  await deleteOldLogs(intent(3, 6), folder);
  expect([young, old, core, oldCore, elsewhere].map((path) => existsSync(path))).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
  await deleteOldLogs(intent(0, 0), folder);
  expect(existsSync(core)).toBe(true);
});

test.each([
  [undefined, 7],
  ['30', 30],
  ['0', 0],
  ['-1', 7],
  ['a week', 7],
])('retainDayLog %j', (text, days) => {
  expect(retainDays(text)).toBe(days);
});
