/** What a newer version wrote is refused with a code, and never misread. */

import { Packr } from 'msgpackr';
import { describe, expect, onTestFinished, test } from 'vitest';
import { patchMachine } from '../../../controller/patch/patch-machine.ts';
import { registryMachine } from '../../../registry/registry-machine.ts';
import { leaseMachine } from '../../../replica/core/lease-machine.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../replica/core/snapshot-format.ts';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { openReplica } from '../../../replica/open-replica.ts';
import { memoryFolder } from '../../support/temporary-folder.ts';

const packr = new Packr({ useRecords: false, int64AsType: 'number' });
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const lost = { type: 'lose-session', at: 1, node: 'n1', sessionId: 's1' } as const;
const chosen = { type: 'set-default', package: 'A.B', version: '1' } as const;
const freed = { type: 'release-lease', name: 'l', holder: 'h', token: 1 } as const;

describe.each([
  ['registry', registryMachine, lost, (value: unknown) => packr.pack(value)],
  ['patch store', patchMachine, chosen, json],
  ['leases', leaseMachine, freed, json],
] as const)('a command of the %s', (_name, machine, command, pack) => {
  test('is stored with its format, which its reader does not see', () => {
    const stored = machine.encodeCommand(command as never);
    const shown = pack === json ? JSON.parse(text(stored)) : packr.unpack(stored);
    expect(shown).toEqual({ format: 1, ...command });
    expect(machine.decodeCommand(stored)).toEqual(command);
  });

  test('without a format is one of the first', () => {
    expect(machine.decodeCommand(pack(command))).toEqual(command);
  });

  test.each([
    ['of a later format', { ...command, format: 2 }],
    ['of an unknown kind', { ...command, type: 'from-the-future' }],
    ['named like a property of every object', { ...command, type: 'constructor' }],
  ])('%s is refused', (_case, stored) => {
    expect(() => machine.decodeCommand(pack(stored))).toThrowError(
      expect.objectContaining({ code: 'COMMAND_TOO_NEW' }),
    );
  });
});

async function openParts(folder: string) {
  const log = await openEmbeddedLog({ directory: folder });
  onTestFinished(() => log.close());
  const blobs = await openEmbeddedBlobs({ directory: `${folder}/snapshots` });
  return { log, blobs, machine: patchMachine };
}

test('a replica stops at a command of a newer version, and says so to whoever waits', async () => {
  const parts = await openParts(memoryFolder());
  const replica = await openReplica(parts);
  onTestFinished(() => replica.close());
  await parts.log.append({ commandId: 'newer', payload: json({ ...chosen, format: 2 }) });
  await expect(replica.catchUp()).rejects.toMatchObject({ code: 'COMMAND_TOO_NEW' });
  await expect(replica.propose(chosen)).rejects.toMatchObject({ code: 'COMMAND_TOO_NEW' });
  await expect(openReplica(parts)).rejects.toMatchObject({ code: 'COMMAND_TOO_NEW' });
});

test('a state of a later layout is refused', () => {
  const registry = packr.unpack(registryMachine.encodeState(registryMachine.initial())) as object;
  const patch = JSON.parse(text(patchMachine.encodeState(patchMachine.initial()))) as object;
  const tooNew = expect.objectContaining({ code: 'SNAPSHOT_TOO_NEW' });
  expect(() => registryMachine.decodeState(packr.pack({ ...registry, layout: 2 }))).toThrow(tooNew);
  expect(() => patchMachine.decodeState(json({ ...patch, layout: 2 }))).toThrow(tooNew);
});

test('a snapshot of a later format is refused, and not passed over as one of another log', () => {
  const header = { sequence: 3, hash: 'a'.repeat(64) };
  const bytes = encodeSnapshot(header, json('state'));
  expect(decodeSnapshot(bytes, header)).toEqual(json('state'));
  const changed = new TextEncoder().encode(text(bytes).replace('snapshot-1', 'snapshot-2'));
  expect(() => decodeSnapshot(changed, header)).toThrowError(
    expect.objectContaining({ code: 'SNAPSHOT_TOO_NEW' }),
  );
});
