/** The patch state machine in the form that a replica runs: commands and snapshots as JSON. */

import {
  withFormat,
  withoutFormat,
  type CommandFormats,
  type StoredCommand,
} from '../../replica/core/command-format.ts';
import type { StateMachine } from '../../replica/core/replica.ts';
import { snapshotTooNew } from '../../replica/core/snapshot-format.ts';
import {
  applyPatchCommand,
  initialPatchState,
  type PackageVersion,
  type PatchCommand,
  type PatchResult,
  type PatchState,
} from './patch-state.ts';

/** A snapshot; arrays keep the order of insertion, so that every member encodes the same bytes. */
interface EncodedState {
  /** Absent in snapshots of older controllers: 1. */
  readonly layout?: number;
  readonly packages: readonly {
    readonly name: string;
    readonly defaultVersion?: string;
    readonly versions: readonly (readonly [string, PackageVersion])[];
  }[];
}

/** Raised when `EncodedState` changes so that an older version would misread it. */
const layout = 1;

const formats: CommandFormats<PatchCommand['type']> = {
  add: 1,
  replace: 1,
  remove: 1,
  'set-default': 1,
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function encode(value: StoredCommand<PatchCommand> | EncodedState): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

export const patchMachine: StateMachine<PatchState, PatchCommand, PatchResult> = {
  initial: initialPatchState,
  apply: applyPatchCommand,
  encodeCommand: (command) => encode(withFormat(formats, command)),
  decodeCommand(bytes) {
    const stored = JSON.parse(decoder.decode(bytes)) as StoredCommand<PatchCommand>;
    return withoutFormat(formats, stored, 'patch store');
  },
  encodeState(state) {
    const packages = [...state.packages].map(([name, record]) => ({
      name,
      ...(record.defaultVersion !== undefined && { defaultVersion: record.defaultVersion }),
      versions: [...record.versions],
    }));
    return encode({ layout, packages });
  },
  decodeState(bytes) {
    const state = initialPatchState();
    const encoded = JSON.parse(decoder.decode(bytes)) as EncodedState;
    const { packages, layout: found = 1 } = encoded;
    if (found > layout) throw snapshotTooNew('patch store', found, layout);
    for (const { name, defaultVersion, versions } of packages) {
      state.packages.set(name, { defaultVersion, versions: new Map(versions) });
    }
    return state;
  },
};
