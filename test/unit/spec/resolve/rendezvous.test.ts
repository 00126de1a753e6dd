/** Placement moves as few instances as can be when the fleet changes. */

import { fc } from '../../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import { chooseNodes, type Candidate } from '../../../../spec/resolve/rendezvous.ts';

const candidates = fc.uniqueArray(
  fc.record({
    name: fc.integer({ min: 0, max: 300 }).map((number) => `node-${number}`),
    dataCenter: fc.constant('sz'),
    machine: fc.integer({ min: 0, max: 20 }).map((number) => `sz 10.0.0.${number}`),
  }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 40 },
);
const service = fc.constantFrom('Shop.CartServer', 'Shop.PayServer', 'A.B');
const choice = fc.record({
  service,
  nodes: candidates,
  count: fc.integer({ min: 1, max: 12 }),
  spread: fc.boolean(),
});

function namesOf(chosen: readonly Candidate[]): Set<string> {
  return new Set(chosen.map(({ name }) => name));
}

test('one node more replaces at most one of the chosen, and only by itself', () => {
  fc.assert(
    fc.property(choice, fc.nat(), ({ service: name, nodes, count, spread }, pick) => {
      const added = nodes[pick % nodes.length] as Candidate;
      const before = nodes.filter((node) => node !== added);
      const old = namesOf(chooseNodes(name, before, count, spread));
      const now = namesOf(chooseNodes(name, nodes, count, spread));
      const come = [...now].filter((node) => !old.has(node));
      const gone = [...old].filter((node) => !now.has(node));
      expect(come.length).toBeLessThanOrEqual(1);
      expect(gone.length).toBeLessThanOrEqual(1);
      if (come.length === 1) expect(come).toEqual([added.name]);
      else expect(gone).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test('as many as asked for, as far as there are nodes or machines, and one on each machine', () => {
  fc.assert(
    fc.property(choice, ({ service: name, nodes, count, spread }) => {
      const chosen = chooseNodes(name, nodes, count, spread);
      const machines = new Set(nodes.map(({ machine }) => machine));
      const room = spread ? machines.size : nodes.length;
      expect(chosen.length).toBe(Math.min(count, room));
      if (spread) expect(new Set(chosen.map(({ machine }) => machine)).size).toBe(chosen.length);
    }),
  );
});

test('the order of the nodes does not count', () => {
  fc.assert(
    fc.property(choice, ({ service: name, nodes, count, spread }) => {
      const chosen = chooseNodes(name, nodes, count, spread);
      expect(namesOf(chooseNodes(name, nodes.toReversed(), count, spread))).toEqual(
        namesOf(chosen),
      );
    }),
  );
});

test('services are spread over the nodes', () => {
  const nodes = Array.from({ length: 20 }, (_, at) => ({
    name: `sz-web-${at + 1}`,
    dataCenter: 'sz',
    machine: `sz 10.0.0.${at + 1}`,
  }));
  const load = new Map<string, number>();
  for (let at = 0; at < 2000; at += 1) {
    for (const { name } of chooseNodes(`Shop.Server${at}`, nodes, 3, false)) {
      load.set(name, (load.get(name) ?? 0) + 1);
    }
  }
  // 300 on average; a bad hash piles up or leaves nodes empty.
  expect(Math.min(...load.values())).toBeGreaterThan(230);
  expect(Math.max(...load.values())).toBeLessThan(370);
  expect(load.size).toBe(20);
});

test('the choice never changes from one version of Tarsier to the next', () => {
  const nodes = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8'].map((name) => ({
    name,
    dataCenter: 'sz',
    machine: name,
  }));
  const chosen = (name: string) => chooseNodes(name, nodes, 3, false).map((node) => node.name);
  expect({
    cart: chosen('Shop.CartServer'),
    pay: chosen('Shop.PayServer'),
    mail: chosen('Mail.SendServer'),
  }).toMatchInlineSnapshot(`
    {
      "cart": [
        "n2",
        "n5",
        "n7",
      ],
      "mail": [
        "n6",
        "n4",
        "n2",
      ],
      "pay": [
        "n8",
        "n6",
        "n3",
      ],
    }
  `);
});
