/** Packages that only agents have: they run where they are, and come back as the same bytes or not at all. */

import { describe, expect, it } from 'vitest';
import { patchMachine } from '../../../controller/patch/patch-machine.ts';
import type { PatchCommand, PatchState } from '../../../controller/patch/patch-state.ts';
import { StoredPackages, type PatchReplica } from '../../../controller/patch/stored-packages.ts';
import type { HeldPackage } from '../../../link/messages/messages.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as const;

function heldPackage(digit: string, parts: Partial<HeldPackage> = {}): HeldPackage {
  return { package: 'A.One', version: '1', digest: digest(digit), sizeBytes: 5, ...parts };
}

const content = (digit: string, source: 'push' | 'directory' = 'push') => ({
  digest: digest(digit),
  sizeBytes: 5,
  files: 1,
  unpackedBytes: 1,
  pushedAt: 1,
  by: 'ann',
  comment: '',
  source,
});

/** Commands are applied at once, and counted. */
function openStore() {
  let state: PatchState = patchMachine.initial();
  let sequence = 0;
  const replica = {
    get state() {
      return state;
    },
    propose: async (command: PatchCommand) => {
      sequence += 1;
      return { sequence, result: patchMachine.apply(state, command, sequence) };
    },
    subscribe: () => () => {},
  } as unknown as PatchReplica;
  return {
    packages: new StoredPackages(replica, () => []),
    commands: () => sequence,
    reload: () => (state = patchMachine.decodeState(patchMachine.encodeState(state))),
  };
}

describe('a version that only agents have', () => {
  it('is found for the nodes that have it, and for no others', async () => {
    const { packages, reload } = openStore();
    await packages.noteHeld('n1', [heldPackage('a')]);
    reload();
    const found = { digest: digest('a'), sizeBytes: 5 };
    expect(packages.find('A.One', '1', undefined, 'n1')).toEqual(found);
    expect(packages.find('A.One', '1', digest('a'), 'n1')).toEqual(found);
    expect(packages.find('A.One', '1', digest('b'), 'n1')).toBeUndefined();
    expect(packages.find('A.One', '1', undefined, 'n2')).toBeUndefined();
    expect(packages.find('A.One', '1')).toBeUndefined();
    expect(packages.explainMissing('A.One', '1')).toContain(`agents of n1 have it`);
    expect(packages.explainMissing('A.One', '1')).toContain(digest('a'));
    expect(packages.list()).toEqual([]);
  });

  it('can be pushed again as the same bytes, and is an ordinary one from then on', async () => {
    const { packages } = openStore();
    await packages.noteHeld('n1', [heldPackage('a')]);
    expect(() => packages.sameOrFree('A.One', '1', digest('b'))).toThrow(
      expect.objectContaining({ code: 'PACKAGE_EXISTS' }),
    );
    await expect(packages.add('A.One', '1', content('b'))).rejects.toMatchObject({
      code: 'PACKAGE_EXISTS',
      details: { storedDigest: digest('a') },
    });
    expect(packages.sameOrFree('A.One', '1', digest('a'))).toBeUndefined();
    await packages.add('A.One', '1', content('a'));
    expect(packages.find('A.One', '1', undefined, 'n2')).toMatchObject({ digest: digest('a') });
    await packages.noteHeld('n2', [heldPackage('b')]);
    expect(packages.find('A.One', '1', undefined, 'n2')).toMatchObject({ digest: digest('a') });
  });

  it('that agents have with different bytes runs on each node as it is there', async () => {
    const { packages } = openStore();
    await packages.noteHeld('n1', [heldPackage('a')]);
    await packages.noteHeld('n2', [heldPackage('b')]);
    expect(packages.find('A.One', '1', undefined, 'n1')?.digest).toBe(digest('a'));
    expect(packages.find('A.One', '1', undefined, 'n2')?.digest).toBe(digest('b'));
    await packages.add('A.One', '1', content('b'));
  });

  it('may be another one when it comes from a folder that changes', async () => {
    const { packages } = openStore();
    await packages.noteHeld('n1', [heldPackage('a')]);
    await packages.addOrReplace('A.One', '1', content('b', 'directory'));
    expect(packages.find('A.One', '1')?.digest).toBe(digest('b'));
  });

  it('is written once, and names that are none are not', async () => {
    const { packages, commands } = openStore();
    await packages.noteHeld('n1', [heldPackage('a')]);
    await packages.noteHeld('n1', [heldPackage('a')]);
    await packages.noteHeld('n1', [
      heldPackage('a', { package: '../etc' }),
      heldPackage('a', { version: '..' }),
      heldPackage('a', { digest: 'sha256:short' }),
    ]);
    expect(commands()).toBe(1);
  });
});
