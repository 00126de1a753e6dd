/** The patch state machine against a naive model, for any sequence of commands. */

import { fc } from '../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import { patchMachine } from '../../../controller/patch/patch-machine.ts';
import type { PackageVersion, PatchCommand } from '../../../controller/patch/patch-state.ts';

const content = (digit: string, source: PackageVersion['source']): PackageVersion => ({
  digest: `sha256:${digit.repeat(64)}`,
  sizeBytes: 1,
  files: 1,
  unpackedBytes: 1,
  pushedAt: 1,
  by: 'ann',
  comment: '',
  source,
});

const about = {
  package: fc.constantFrom('A.B', 'C.D'),
  version: fc.constantFrom('1', '2', '3'),
};
const withContent = {
  ...about,
  content: fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('push' as const, 'directory' as const))
    .map(([digit, source]) => content(digit, source)),
};
const command: fc.Arbitrary<PatchCommand> = fc.oneof(
  fc.record({ type: fc.constant('add' as const), ...withContent }),
  fc.record({ type: fc.constant('replace' as const), ...withContent }),
  fc.record({ type: fc.constant('remove' as const), ...about }),
  fc.record({ type: fc.constant('set-default' as const), ...about }),
);

interface Naive {
  versions: Record<string, PackageVersion>;
  defaults: Record<string, string>;
}

/** Flat and slow: what the documentation says, word by word. */
function naiveApply(model: Naive, wanted: PatchCommand): string {
  if (wanted.type === 'hold') throw new Error('what agents hold has tests of its own');
  const key = `${wanted.package} ${wanted.version}`;
  const stored = model.versions[key];
  if (wanted.type === 'add') {
    if (stored !== undefined)
      return stored.digest === wanted.content.digest ? 'unchanged' : 'exists';
    model.versions[key] = wanted.content;
    return 'done';
  }
  if (stored === undefined) return 'not-found';
  if (wanted.type === 'replace') {
    if (stored.digest === wanted.content.digest) return 'unchanged';
    if (stored.source === 'push' || wanted.content.source === 'push') return 'exists';
    model.versions[key] = wanted.content;
    return 'done';
  }
  const isDefault = model.defaults[wanted.package] === wanted.version;
  if (wanted.type === 'set-default') {
    model.defaults[wanted.package] = wanted.version;
    return isDefault ? 'unchanged' : 'done';
  }
  const siblings = Object.keys(model.versions).filter((other) =>
    other.startsWith(`${wanted.package} `),
  );
  if (isDefault && siblings.length > 1) return 'is-default';
  delete model.versions[key];
  if (siblings.length === 1) delete model.defaults[wanted.package];
  return 'done';
}

test('every sequence of commands ends as the naive model says, also over a snapshot', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), fc.nat(40), (commands, snapshotAt) => {
      let state = patchMachine.initial();
      const model: Naive = { versions: {}, defaults: {} };
      for (const [index, wanted] of commands.entries()) {
        if (index === snapshotAt) state = patchMachine.decodeState(patchMachine.encodeState(state));
        const decoded = patchMachine.decodeCommand(patchMachine.encodeCommand(wanted));
        expect(decoded).toEqual(wanted);
        const { outcome } = patchMachine.apply(state, decoded, index + 1);
        expect(outcome).toBe(naiveApply(model, wanted));
      }
      const versions: Record<string, PackageVersion> = {};
      const defaults: Record<string, string> = {};
      for (const [name, record] of state.packages) {
        for (const [version, stored] of record.versions) versions[`${name} ${version}`] = stored;
        if (record.defaultVersion !== undefined) defaults[name] = record.defaultVersion;
      }
      expect({ versions, defaults }).toEqual(model);
    }),
  );
});

test('members that applied the same commands encode the same snapshot', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const encode = () => {
        const state = patchMachine.initial();
        for (const [index, wanted] of commands.entries())
          patchMachine.apply(state, wanted, index + 1);
        return patchMachine.encodeState(state);
      };
      const once = encode();
      expect(encode()).toEqual(once);
      expect(patchMachine.encodeState(patchMachine.decodeState(once))).toEqual(once);
    }),
  );
});
