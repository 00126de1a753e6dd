import { createHash } from 'node:crypto';
import { fc } from '../../support/seeded-property.ts';
import { describe, expect, test } from 'vitest';
import { chainHash, findChainBreak, GENESIS_HASH } from '../../../replica/core/hash-chain.ts';
import type { LogEntry } from '../../../replica/core/log.ts';

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const genesis = { sequence: 0, hash: GENESIS_HASH };

function chain(contents: readonly { commandId: string; payload: Uint8Array }[]): LogEntry[] {
  const entries: LogEntry[] = [];
  for (const [index, content] of contents.entries()) {
    const next = { sequence: index + 1, ...content };
    const before = entries.at(-1)?.hash ?? GENESIS_HASH;
    entries.push({ ...next, hash: chainHash(sha256, before, next) });
  }
  return entries;
}

const contents = fc.array(
  fc.record({ commandId: fc.string({ minLength: 1 }), payload: fc.uint8Array({ maxLength: 40 }) }),
  { minLength: 2, maxLength: 8 },
);

function hashOf(commandId: string, text: string): string {
  const payload = new TextEncoder().encode(text);
  return chainHash(sha256, GENESIS_HASH, { sequence: 1, commandId, payload });
}

describe('hash chain', () => {
  test('is the documented one', () => {
    const head = `${GENESIS_HASH}\n1\n3\nabc\n`;
    const expected = createHash('sha256').update(head).update('payload').digest('hex');
    const payload = new TextEncoder().encode('payload');
    expect(chainHash(sha256, GENESIS_HASH, { sequence: 1, commandId: 'abc', payload })).toBe(
      expected,
    );
  });

  test('is the same for a payload that does not fit the scratch buffer', () => {
    const payload = new Uint8Array(100_000).fill(3);
    const expected = createHash('sha256').update(`${GENESIS_HASH}\n1\n1\nx\n`).update(payload);
    const found = chainHash(sha256, GENESIS_HASH, { sequence: 1, commandId: 'x', payload });
    expect(found).toBe(expected.digest('hex'));
  });

  test('accepts what it made, from the beginning and from the middle', () => {
    fc.assert(
      fc.property(contents, (list) => {
        const entries = chain(list);
        expect(findChainBreak(sha256, genesis, entries)).toBeUndefined();
        const [first, ...rest] = entries;
        expect(findChainBreak(sha256, first!, rest)).toBeUndefined();
      }),
    );
  });

  test('refuses a lost, repeated, swapped or changed entry', () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.nat({ max: 4 }), (list, position, kind) => {
        const entries = chain(list);
        const index = position % (entries.length - 1);
        const entry = entries[index]!;
        const changed = [
          () => entries.toSpliced(index, 1),
          () => entries.toSpliced(index, 0, entry),
          () => entries.toSpliced(index, 2, entries[index + 1]!, entry),
          () => entries.with(index, { ...entry, payload: Uint8Array.of(...entry.payload, 0) }),
          () => entries.with(index, { ...entry, commandId: `${entry.commandId}!` }),
        ][kind]!();
        expect(findChainBreak(sha256, genesis, changed)?.sequence).toBeGreaterThan(index);
      }),
    );
  });

  test('keeps a command id and a payload apart that join to the same bytes', () => {
    expect(hashOf('a\nb', 'c')).not.toBe(hashOf('a', 'b\nc'));
  });
});
