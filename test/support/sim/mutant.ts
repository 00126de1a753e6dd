/** A planted defect: the places where a simulation lets one in. */

import type { Blobs } from '../../../replica/core/blobs.ts';
import type { LeaseMember, LeaseMemberOptions } from '../../../replica/core/lease-member.ts';
import type { Log } from '../../../replica/core/log.ts';
import type { Draw } from './draw.ts';
import type { LeasedMachine } from './machine-with-leases.ts';
import type { EngineDefects } from './sim-engine.ts';

export interface Mutant {
  readonly name: string;
  /** What the checks say when they find it. */
  readonly found: RegExp;
  readonly engine?: EngineDefects;
  readonly log?: (log: Log, draw: Draw) => Log;
  readonly blobs?: (blobs: Blobs) => Blobs;
  readonly machine?: <State, Command, Result>(
    machine: LeasedMachine<State, Command, Result>,
    member: string,
  ) => LeasedMachine<State, Command, Result>;
  /** The defect is in the machine itself, so what is expected of members has it as well. */
  readonly everywhere?: boolean;
  readonly leaseMember?: (options: LeaseMemberOptions) => LeaseMember;
  /** How far clocks are off, whatever the limit says. */
  readonly clockRates?: readonly number[];
}
