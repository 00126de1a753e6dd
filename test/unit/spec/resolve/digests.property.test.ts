/** Digests speak of what runs: never of comments, key order, formatting, or where a thing is written. */

import { fc } from '../../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { DesiredState } from '../../../../spec/desired-state.ts';
import { document, node, service } from '../../../support/spec/documents.ts';
import { edits, soundBase } from '../../../support/spec/repository-arbitrary.ts';
import {
  applyEdit,
  contentsOf,
  type Piece,
  type RepositoryModel,
} from '../../../support/spec/repository-model.ts';
import { resolveContents } from '../../../support/spec/repository-of.ts';

function digestsOf({ scopes }: DesiredState): unknown {
  return [...scopes]
    .map(([id, { digest, instances }]) => [id, digest, instances])
    .toSorted(([left], [right]) => ((left as string) < (right as string) ? -1 : 1));
}

/** Keys in another order, at every level but one: the first of the addresses stands for the machine. */
function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, key === 'addresses' ? inner : reverseKeys(inner)]),
  );
}

/** The same documents, written by another person. Folders stay, for the sake of `file:`. */
function rewrite(model: RepositoryModel, style: { reverse: boolean; flow: boolean }) {
  const pieces = [...model.pieces].map(([id, piece], at): [string, Piece] => {
    const value: unknown = parse(piece.text);
    const other = style.reverse ? reverseKeys(value) : value;
    const text = style.flow
      ? JSON.stringify(other, undefined, 3)
      : stringify(other, {
          defaultStringType: 'QUOTE_DOUBLE',
          doubleQuotedMinMultiLineLength: 1000,
          lineWidth: 0,
        }).replaceAll('\n', '\n# a comment\n');
    const folder = piece.path.includes('/') ? piece.path.replace(/[^/]*$/, '') : '';
    return [id, { ...piece, text: `# ${at}\n${text}`, path: `${folder}moved-${at % 4}.yaml` }];
  });
  return { ...model, pieces: new Map(style.reverse ? pieces.toReversed() : pieces) };
}

test('rewriting the files changes no digest', () => {
  let scopes = 0;
  const style = fc.record({ reverse: fc.boolean(), flow: fc.boolean() });
  fc.assert(
    fc.property(edits, style, (steps, how) => {
      let model = soundBase;
      for (const step of steps) {
        if (step.op === 'put' || step.op === 'remove') model = applyEdit(model, step);
      }
      const before = resolveContents(contentsOf(model)).desired;
      const after = resolveContents(contentsOf(rewrite(model, how))).desired;
      expect(digestsOf(after)).toEqual(digestsOf(before));
      scopes += before.scopes.size;
    }),
    { numRuns: 60 },
  );
  expect(scopes).toBeGreaterThan(200);
});

test('the first address counts, because it tells which nodes share a machine', () => {
  const nodesWith = (addresses: object) => {
    const { desired } = resolveContents({
      'dc.yaml': document('DataCenter', 'sz', {}),
      'n1.yaml': node('n1', { addresses: { inner: '10.1.0.1' } }),
      'n2.yaml': node('n2', { addresses }),
      'cart.yaml': service('Shop.CartServer', {
        placement: [{ select: { dataCenter: 'sz' }, spread: 'machine' }],
      }),
    });
    return desired.scopes.get('sz/Shop.CartServer')?.instances.length;
  };
  expect(nodesWith({ inner: '10.1.0.1', outer: '192.0.2.1' })).toBe(1);
  expect(nodesWith({ outer: '192.0.2.1', inner: '10.1.0.1' })).toBe(2);
});
