/** The registry, with random commands of controllers and agents. */

import type { RegistryCommand } from '../../../registry/commands.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { registryMachine } from '../../../registry/registry-machine.ts';
import type { RegistryResult } from '../../../registry/result.ts';
import { registryCommand } from '../registry/command-arbitrary.ts';
import { fc } from '../seeded-property.ts';
import type { Domain } from './domain.ts';

/** Drawn once: drawing a command costs more than simulating it. */
const POOL_SEED = 20_261_127;
const POOL_COMMANDS = 1_500;
let pool: readonly RegistryCommand[] | undefined;

export const registryDomain: Domain<RegistryState, RegistryCommand, RegistryResult> = {
  name: 'registry',
  compareEvery: 4,
  machine: registryMachine,
  draw(draw, { token, wallMs }) {
    pool ??= fc.sample(registryCommand, { seed: POOL_SEED, numRuns: POOL_COMMANDS });
    const command = { ...draw.pick(pool), at: wallMs };
    return 'fencingToken' in command ? { ...command, fencingToken: token } : command;
  },
  tokenOf: (command) => ('fencingToken' in command ? command.fencingToken : undefined),
  isAccepted: ({ accepted }) => accepted,
};
