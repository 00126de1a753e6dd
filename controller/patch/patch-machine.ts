/** The patch state machine in the form that a replica runs: commands and snapshots as JSON. */

import type { StateMachine } from '../../replica/core/replica.ts';
import { heldRows, heldVersions, type HeldRow } from './held-packages.ts';
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
  /** Absent when there are none, and in snapshots of older controllers. */
  readonly held?: readonly HeldRow[];
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
    const { held } = state;
    return encode({ packages, ...(held.size > 0 && { held: heldRows(held) }) });
  },
  decodeState(bytes) {
    const state = initialPatchState();
    const { packages, held = [] } = JSON.parse(decoder.decode(bytes)) as EncodedState;
    for (const [version, contents] of heldVersions(held)) state.held.set(version, contents);
    for (const { name, defaultVersion, versions } of packages) {
      state.packages.set(name, { defaultVersion, versions: new Map(versions) });
    }
    return state;
  },
};
