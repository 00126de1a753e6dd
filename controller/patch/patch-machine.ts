/** The patch state machine in the form that a replica runs: commands and snapshots as JSON. */

import type { StateMachine } from '../../replica/core/replica.ts';
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
  readonly packages: readonly {
    readonly name: string;
    readonly defaultVersion?: string;
    readonly versions: readonly (readonly [string, PackageVersion])[];
  }[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function encode(value: PatchCommand | EncodedState): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

export const patchMachine: StateMachine<PatchState, PatchCommand, PatchResult> = {
  initial: initialPatchState,
  apply: applyPatchCommand,
  encodeCommand: encode,
  decodeCommand: (bytes) => JSON.parse(decoder.decode(bytes)) as PatchCommand,
  encodeState(state) {
    const packages = [...state.packages].map(([name, record]) => ({
      name,
      ...(record.defaultVersion !== undefined && { defaultVersion: record.defaultVersion }),
      versions: [...record.versions],
    }));
    return encode({ packages });
  },
  decodeState(bytes) {
    const state = initialPatchState();
    const { packages } = JSON.parse(decoder.decode(bytes)) as EncodedState;
    for (const { name, defaultVersion, versions } of packages) {
      state.packages.set(name, { defaultVersion, versions: new Map(versions) });
    }
    return state;
  },
};
