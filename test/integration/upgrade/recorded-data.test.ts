/** What an earlier version wrote is read by this one: `test/fixtures/data-v1` says what it wrote. */

import { createHash } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStores, type Stores } from '../../../controller/open-stores.ts';
import { patchMachine } from '../../../controller/patch/patch-machine.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { registryMachine } from '../../../registry/registry-machine.ts';
import type { LogEntry } from '../../../replica/core/log.ts';
import type { StateMachine } from '../../../replica/core/replica.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const recorded = join(import.meta.dirname, '..', '..', 'fixtures', 'data-v1');
const positions = JSON.parse(readFileSync(join(recorded, 'recorded.json'), 'utf8')) as {
  readonly registry: number;
  readonly patch: number;
};

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function copyOfRecorded(): string {
  const folder = temporaryFolder();
  cpSync(recorded, folder, { recursive: true });
  return folder;
}

async function openCopy(): Promise<Stores> {
  const stores = await openStores(copyOfRecorded(), (error) => expect.fail(String(error)));
  onTestFinished(() => stores.close());
  return stores;
}

async function entriesOf(name: 'registry' | 'patch'): Promise<readonly LogEntry[]> {
  const log = await openEmbeddedLog({ directory: join(copyOfRecorded(), name) });
  onTestFinished(() => log.close());
  return log.read(1, 1_000);
}

/** Applies every command from the very beginning, without a snapshot. */
function replay<State, Command, Result>(
  machine: StateMachine<State, Command, Result>,
  entries: readonly LogEntry[],
): { readonly state: State; readonly types: readonly string[] } {
  const state = machine.initial();
  const types: string[] = [];
  for (const { commandId, payload, sequence } of entries) {
    if (commandId.startsWith('$')) continue;
    const command = machine.decodeCommand(payload);
    types.push((command as { type: string }).type);
    machine.apply(state, command, sequence);
  }
  return { state, types };
}

test('the registry has what was recorded, from its snapshot and the log behind it', async () => {
  const { registry } = await openCopy();
  const { state } = registry;
  expect(registry.sequence).toBe(positions.registry);
  expect(state.fencingToken).toBe(8);
  expect(state.source).toMatchObject({
    commit: 'c2'.repeat(20),
    inForceCommit: 'c2'.repeat(20),
  });
  expect([...state.nodes.keys()]).toEqual(['n1', 'n2']);
  expect([...state.scopes.keys()]).toEqual(['d1/Shop.CartServer']);
  expect([...state.targets.keys()].toSorted()).toEqual([
    'Shop.CartServer@n1',
    'Shop.CartServer@n2',
  ]);
  expect(state.targets.get('Shop.CartServer@n2')).toMatchObject({
    revision: 'cart-1',
    content: { start: './server', release: { package: 'Shop.CartServer', version: '1.0.0' } },
  });
  expect([...state.observed.values()]).toMatchObject([
    { instance: 'Shop.CartServer@n1', phase: 'running', pid: 812, endpoints: [{ port: 9_001 }] },
  ]);
  expect(state.sessions.get('n1')).toMatchObject({ sessionId: 's2', state: 'alive' });
  expect(state.locks).toMatchObject({ epoch: 1, latestAt: 50 });
  expect(state.locks.byService.get('Shop.CartServer')).toMatchObject({ holder: 'n1', epoch: 1 });
  expect(state.events.length).toBeGreaterThan(4);
});

test('the patch store has what was recorded, and every package is whole', async () => {
  const { patch, packageBlobs } = await openCopy();
  expect(patch.sequence).toBe(positions.patch);
  const record = patch.state.packages.get('Shop.CartServer');
  expect(record?.defaultVersion).toBe('1.0.0');
  expect([...(record?.versions.keys() ?? [])]).toEqual(['1.0.0', '1.1.0']);
  for (const { digest, sizeBytes } of record?.versions.values() ?? []) {
    expect(await packageBlobs.verify(digest)).toEqual({ digest, sizeBytes });
  }
});

test('both go on: what this version writes is read back with what was recorded', async () => {
  const folder = copyOfRecorded();
  const first = await openStores(folder, (error) => expect.fail(String(error)));
  await first.patch.propose({ type: 'remove', package: 'Shop.CartServer', version: '1.1.0' });
  await first.registry.propose({ type: 'lose-session', at: 99, node: 'n1', sessionId: 's2' });
  await first.registry.snapshot();
  await first.close();
  const second = await openStores(folder, (error) => expect.fail(String(error)));
  onTestFinished(() => second.close());
  expect(second.registry.state.sessions.get('n1')?.state).toBe('lost');
  expect([...(second.patch.state.packages.get('Shop.CartServer')?.versions.keys() ?? [])]).toEqual([
    '1.0.0',
  ]);
});

test('every recorded command is decoded, and makes the same registry without a snapshot', async () => {
  const { state, types } = replay(registryMachine, await entriesOf('registry'));
  expect(types).toHaveLength(10);
  expect(new Set(types)).toEqual(
    new Set([
      'apply-commit',
      'set-targets',
      'open-session',
      'lose-session',
      'report-observed',
      'take-lock',
    ]),
  );
  const { registry } = await openCopy();
  expect(knownThen(state)).toEqual(knownThen(registry.state));
});

/** Without what the version that wrote the snapshot did not note, and a replay therefore adds. */
function knownThen(state: RegistryState) {
  const { nodes, scopes, targets, observed, locks, events, source, fencingToken } = state;
  const sessions = [...state.sessions.values()].map(
    ({ reported: _reported, opened: _opened, controller: _controller, ...session }) => session,
  );
  return { nodes, scopes, targets, observed, locks, events, source, fencingToken, sessions };
}

test('a state of today is the same behind a snapshot and behind its commands', async () => {
  const { registry } = await openCopy();
  const bytes = registryMachine.encodeState(registry.state);
  expect(sha256(registryMachine.encodeState(registryMachine.decodeState(bytes)))).toBe(
    sha256(bytes),
  );
});

test('every recorded command is decoded, and makes the same patch store without a snapshot', async () => {
  const { state, types } = replay(patchMachine, await entriesOf('patch'));
  expect(types).toEqual(['add', 'add', 'add', 'set-default', 'remove']);
  const { patch } = await openCopy();
  expect(sha256(patchMachine.encodeState(state))).toBe(
    sha256(patchMachine.encodeState(patch.state)),
  );
});
