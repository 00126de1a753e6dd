/** Everything that the parts of one simulation share. */

import type { Domain } from './domain.ts';
import type { Draw } from './draw.ts';
import type { EventLoop } from './event-loop.ts';
import type { Mutant } from './mutant.ts';
import type { Network } from './network.ts';
import type { Oracle } from './oracle.ts';
import type { Profile } from './profile.ts';
import type { BlobStore } from './sim-blobs.ts';
import type { SimEngine } from './sim-engine.ts';

export interface World<State, Command, Result> {
  readonly loop: EventLoop;
  readonly draw: Draw;
  readonly profile: Profile;
  readonly network: Network;
  readonly engine: SimEngine;
  readonly store: BlobStore;
  readonly domain: Domain<State, Command, Result>;
  readonly oracle: Oracle<State, Command, Result>;
  readonly mutant: Mutant | undefined;
  /** Why processes ended by themselves, and how often. */
  readonly exits: Map<string, number>;
}
