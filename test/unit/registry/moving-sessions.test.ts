/** Agents that move between two controllers, whatever comes late or twice. */

import { describe, expect, it } from 'vitest';
import type { RegistryCommand } from '../../../registry/commands.ts';
import { initialRegistryState, registryMachine } from '../../../registry/registry-machine.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { fc } from '../../support/seeded-property.ts';
import { commitOf, node, observedOf, openOf, reportOf } from '../../support/registry/builders.ts';

function open(controller: string, sessionId = 's1', at = 20): RegistryCommand {
  const { session, ...command } = openOf('n1', sessionId, at);
  return { ...command, session: { ...session, controller } };
}

function started(): {
  readonly state: RegistryState;
  run(command: RegistryCommand): ReturnType<typeof registryMachine.apply>;
} {
  const state = initialRegistryState();
  let sequence = 0;
  const run = (command: RegistryCommand) => {
    sequence += 1;
    return registryMachine.apply(state, command, sequence);
  };
  run(commitOf('c1', { upsertNodes: [node('n1')] }));
  return { state, run };
}

const lose = (opened: number, sessionId = 's1') =>
  ({ type: 'lose-session', at: 90, node: 'n1', sessionId, opened }) as const;

describe('a session', () => {
  it('moves with its agent, as no news, and what the connection before has under way is refused', () => {
    const { state, run } = started();
    run(open('a'));
    run(reportOf('n1', 's1', { full: true, opened: 2 }));
    expect(state.sessions.get('n1')).toMatchObject({ controller: 'a', opened: 2, reported: true });
    expect(run(open('b', 's1', 50))).toMatchObject({ accepted: true, events: [] });
    const moved = { controller: 'b', opened: 4, reported: false, state: 'alive', since: 20 };
    expect(state.sessions.get('n1')).toMatchObject(moved);
    const late = reportOf('n1', 's1', {
      full: true,
      opened: 2,
      instances: [observedOf('A.One@n1')],
    });
    for (const command of [late, lose(2)]) {
      expect(run(command)).toMatchObject({ accepted: false, code: 'STALE_SESSION' });
    }
    expect(state.sessions.get('n1')).toMatchObject(moved);
    expect(state.observed.size).toBe(0);
    // And back again: the first connection stays over.
    run(open('a'));
    expect(run(late)).toMatchObject({ code: 'STALE_SESSION' });
  });

  it('keeps rivals out at every other controller until it is lost', () => {
    const { state, run } = started();
    run(open('a'));
    const rival = run(open('b', 's2'));
    expect(rival).toMatchObject({ accepted: false, code: 'NODE_BUSY' });
    expect(rival).toMatchObject({ message: expect.stringContaining('controller a') });
    expect(state.sessions.get('n1')?.sessionId).toBe('s1');
    expect(run(lose(2))).toMatchObject({ accepted: true, events: [{ reason: 'NodeLost' }] });
    expect(run(open('b', 's2'))).toMatchObject({ events: [{ reason: 'NodeConnected' }] });
  });

  it('is put in doubt when its controller begins anew, and that of another one is not', () => {
    const { state, run } = started();
    run(open('a'));
    run(reportOf('n1', 's1', { full: true, opened: 2 }));
    run({ type: 'doubt-sessions', at: 60, controller: 'b', upTo: 9 });
    // An earlier process of the same controller, whose word comes late.
    run({ type: 'doubt-sessions', at: 60, controller: 'a', upTo: 1 });
    expect(state.sessions.get('n1')?.reported).toBe(true);
    const doubted = run({ type: 'doubt-sessions', at: 60, controller: 'a', upTo: 9 });
    expect(doubted).toMatchObject({ events: [], changes: { nodes: ['n1'] } });
    expect(state.sessions.get('n1')).toMatchObject({ reported: false, state: 'alive' });
  });
});

type Step =
  | { readonly kind: 'open'; readonly by: string; readonly sessionId: string }
  | { readonly kind: 'report'; readonly of: number; readonly full: boolean }
  | { readonly kind: 'lose'; readonly of: number }
  | { readonly kind: 'doubt'; readonly of: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('open' as const),
    by: fc.constantFrom('a', 'b'),
    sessionId: fc.constantFrom('s1', 's1', 's1', 's2'),
  }),
  fc.record({ kind: fc.constant('report' as const), of: fc.nat(30), full: fc.boolean() }),
  fc.record({ kind: fc.constant('lose' as const), of: fc.nat(30) }),
  fc.record({ kind: fc.constant('doubt' as const), of: fc.nat(30) }),
);

it('in any order, a session is what its newest connection says, and nothing that came late', () => {
  let refusedLate = 0;
  let busy = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const { state, run } = started();
      let sequence = 1;
      /** Every connection there ever was, the refused ones too. */
      const connections: { by: string; sessionId: string; opened: number }[] = [];
      let current: (typeof connections)[number] | undefined;
      let isLost = false;
      let hasReported = false;
      for (const drawn of steps) {
        sequence += 1;
        if (drawn.kind === 'open') {
          const { by, sessionId } = drawn;
          const result = run(open(by, sessionId, sequence));
          const isRival = current !== undefined && !isLost && current.sessionId !== sessionId;
          const isBusy = isRival && current?.by !== by;
          expect(result.accepted).toBe(!isBusy);
          connections.push({ by, sessionId, opened: sequence });
          if (isBusy) busy += 1;
          else {
            current = connections.at(-1);
            isLost = false;
            hasReported = false;
          }
          continue;
        }
        const of = connections[drawn.of % Math.max(1, connections.length)];
        if (of === undefined) {
          sequence -= 1;
          continue;
        }
        const { sessionId, opened, by } = of;
        const isCurrent = of === current;
        if (drawn.kind === 'doubt') {
          run({ type: 'doubt-sessions', at: 1, controller: by, upTo: opened });
          if (current?.by === by && current.opened <= opened) hasReported = false;
        } else {
          const command =
            drawn.kind === 'lose'
              ? lose(opened, sessionId)
              : reportOf('n1', sessionId, { full: drawn.full, opened });
          expect(run(command).accepted).toBe(isCurrent);
          if (!isCurrent) refusedLate += 1;
          else if (drawn.kind === 'lose') isLost = true;
          else if (drawn.full) hasReported = true;
        }
        const session = state.sessions.get('n1');
        expect([session?.controller, session?.sessionId, session?.opened]).toEqual([
          current?.by,
          current?.sessionId,
          current?.opened,
        ]);
        expect([session?.state, session?.reported]).toEqual([
          current && (isLost ? 'lost' : 'alive'),
          current && hasReported,
        ]);
      }
    }),
    { numRuns: 500 },
  );
  expect(refusedLate).toBeGreaterThan(1_000);
  expect(busy).toBeGreaterThan(150);
});
