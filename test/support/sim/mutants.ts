/** Defects that the simulation must find: a proof that its checks can fail. */

import type { AppendRequest, Log } from '../../../replica/core/log.ts';
import type { Lease } from '../../../replica/core/lease.ts';
import { LeaseMember, type LeaseMemberOptions } from '../../../replica/core/lease-member.ts';
import type { LeasedMachine, WithLeases } from './machine-with-leases.ts';
import type { Mutant } from './mutant.ts';

/** The log with some of its methods changed. */
function changed(log: Log, change: Partial<Log>): Log {
  return {
    append: (request) => log.append(request),
    read: (from, limit) => log.read(from, limit),
    head: () => log.head(),
    trim: (before) => log.trim(before),
    subscribe: (listener) => log.subscribe(listener),
    close: () => log.close(),
    ...change,
  };
}

const logMutants: readonly Mutant[] = [
  {
    name: 'the engine does not remember command ids',
    found: /is in the log twice/,
    engine: { forgetsIds: true },
  },
  {
    name: 'the engine acknowledges before it is durable',
    found: /which it is not|not there|not the one that the log makes|another result/,
    engine: { acknowledgesEarly: true },
  },
  {
    name: 'the engine ignores the expected sequence',
    found: /was to follow/,
    engine: { ignoresExpectedSequence: true },
  },
  {
    name: 'a command is acknowledged with the sequence of its neighbour',
    found: /which it is not|not there|not the one that the log makes|another result/,
    log: (log, draw) =>
      changed(log, {
        async append(request: AppendRequest) {
          const result = await log.append(request);
          return draw.chance(0.05) ? { ...result, sequence: result.sequence + 1 } : result;
        },
      }),
  },
  {
    name: 'reads do not ask for the head of the log',
    found: /a read of .* saw/,
    log(log) {
      let known: Awaited<ReturnType<Log['head']>> | undefined;
      return changed(log, {
        head: async () => (known ??= await log.head()),
      });
    },
  },
  {
    name: 'notifications get lost',
    found: /did not catch up/,
    log: (log) => changed(log, { subscribe: () => () => undefined }),
  },
  {
    name: 'the log is trimmed up to its head',
    found: /the log begins with/,
    log: (log) => changed(log, { trim: async () => log.trim(Number.MAX_SAFE_INTEGER) }),
  },
  {
    name: 'an entry is skipped when many are read at once',
    found: /not the one that the log makes|another result/,
    log: (log) =>
      changed(log, {
        async read(from: number, limit: number) {
          const entries = await log.read(from, limit);
          if (entries.length < 8) return entries;
          const [first] = entries;
          return entries.slice(1).map((entry, index) => ({
            ...entry,
            sequence: first!.sequence + index,
          }));
        },
      }),
  },
];

type ChangedMachine = <State, Command, Result>(
  machine: LeasedMachine<State, Command, Result>,
  member: string,
) => LeasedMachine<State, Command, Result>;

const obeysEverybody: ChangedMachine = (machine) => ({
  ...machine,
  apply(state, command, sequence) {
    forgetTokens(state);
    return machine.apply(state, command, sequence);
  },
});

/** Both machines of the simulation remember the highest token, each under a name of its own. */
function forgetTokens({ work }: WithLeases<unknown>): void {
  if (typeof work !== 'object' || work === null) return;
  if ('highestToken' in work) work.highestToken = 0;
  if ('fencingToken' in work) work.fencingToken = 0;
}

const takesOverUnwatched: ChangedMachine = (machine) => ({
  ...machine,
  apply(state, command, sequence) {
    if (command.kind !== 'lease' || command.lease.type !== 'acquire-lease') {
      return machine.apply(state, command, sequence);
    }
    const current = state.leases.leases.get(command.lease.name);
    if (current === undefined) return machine.apply(state, command, sequence);
    const { token, renewals } = current;
    const lease = { ...command.lease, watched: { token, renewals } };
    return machine.apply(state, { kind: 'lease', lease }, sequence);
  },
});

const looksAtTheClock: ChangedMachine = (machine, member) => ({
  ...machine,
  // What one member sees and another one does not.
  apply: (state, command, sequence) =>
    machine.apply(state, command, member === 'm2' && sequence % 7 === 0 ? sequence + 1 : sequence),
});

const machineMutants: readonly Mutant[] = [
  {
    name: 'the state machine obeys leaders that were replaced',
    found: /an effect with token/,
    machine: obeysEverybody,
    everywhere: true,
  },
  {
    name: 'a lease is taken over although it was renewed',
    found: /hold the lease at once/,
    machine: takesOverUnwatched,
    everywhere: true,
  },
  {
    name: 'one member applies something that the others do not see',
    found: /not the one that the log makes|another result/,
    machine: looksAtTheClock,
  },
  {
    name: 'the newest lease is applied twice after a snapshot',
    found: /not the one that the log makes|another result/,
    machine: (machine) => ({
      ...machine,
      decodeState(bytes) {
        const state = machine.decodeState(bytes);
        for (const [name, lease] of state.leases.leases) {
          state.leases.leases.set(name, { ...lease, renewals: lease.renewals + 1 });
        }
        return state;
      },
    }),
  },
  {
    name: 'a snapshot leaves something out',
    found: /a snapshot at entry|the state of/,
    machine: (machine) => ({
      ...machine,
      encodeState: (state) =>
        machine.encodeState({ ...state, leases: { ...state.leases, lastToken: 0 } }),
    }),
  },
];

/** Believes that it watched the holder for longer than it did. */
class HastyMember extends LeaseMember {
  readonly #hasteMs: number;

  constructor(options: LeaseMemberOptions) {
    super(options);
    this.#hasteMs = options.durationMs / 2;
  }

  override observe(lease: Lease | undefined, nowMs: number): void {
    super.observe(lease, nowMs - this.#hasteMs);
  }
}

const leaseMutants: readonly Mutant[] = [
  {
    name: 'the holder goes on after its lease ran out',
    found: /hold the lease at once/,
    leaseMember: (options) => new LeaseMember({ ...options, clockDriftMax: -0.3 }),
  },
  {
    name: 'a candidate does not watch for the whole duration',
    found: /hold the lease at once/,
    leaseMember: (options) => new HastyMember(options),
  },
  {
    name: 'members do not reckon with clocks that drift',
    found: /hold the lease at once/,
    leaseMember: (options) => new LeaseMember({ ...options, clockDriftMax: 0 }),
  },
  {
    name: 'clocks drift further than the limit',
    found: /hold the lease at once/,
    clockRates: [0.7, 1.3],
  },
];

export const mutants: readonly Mutant[] = [...logMutants, ...machineMutants, ...leaseMutants];
