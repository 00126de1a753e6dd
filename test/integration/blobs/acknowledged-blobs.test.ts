import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { startBlobMembers, type BlobMember } from '../../support/blobs/blob-members.ts';
import { blobFile, chunksOf, contentOf, type Content } from '../../support/blobs/content.ts';
import { fc } from '../../support/seeded-property.ts';

const contents = Array.from({ length: 5 }, (_, index) =>
  contentOf(Buffer.alloc(150_000 + index, `content ${index} `)),
);

const member = fc.nat(2);
const content = fc.nat(contents.length - 1);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      member,
      content,
      isKnown: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const), member }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), member }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('repair' as const), member }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('damage' as const), member, content }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('cut' as const), member, bytes: fc.nat(200_000) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function isWhole({ directory }: BlobMember, { digest, bytes }: Content): boolean {
  const file = blobFile(directory, digest);
  return existsSync(file) && readFileSync(file).equals(bytes);
}

class World {
  readonly members: readonly BlobMember[];
  readonly #dead = new Set<number>();
  readonly #acknowledged = new Set<Content>();

  constructor(members: readonly BlobMember[]) {
    this.members = members;
  }

  async take(next: Step): Promise<void> {
    const index = next.member;
    const chosen = this.members[index]!;
    const isDead = this.#dead.has(index);
    if (next.kind === 'put' && !isDead)
      await this.#put(chosen, contents[next.content]!, next.isKnown);
    if (next.kind === 'kill' && !isDead) {
      this.#dead.add(index);
      await chosen.kill();
    }
    if (next.kind === 'restart' && isDead) await this.#restart(index);
    if (next.kind === 'repair' && !isDead)
      await chosen.blobs.repair(this.#wanted(), { verify: true });
    if (next.kind === 'damage') this.#damage(chosen, contents[next.content]!);
    if (next.kind === 'cut') chosen.wire.cutAfter(next.bytes);
    this.checkMajorities();
  }

  checkMajorities(): void {
    for (const acknowledged of this.#acknowledged) {
      const whole = this.members.filter((one) => isWhole(one, acknowledged));
      expect(whole.length, `members that hold ${acknowledged.digest}`).toBeGreaterThanOrEqual(2);
    }
  }

  async heal(): Promise<void> {
    for (const index of this.#dead) await this.#restart(index);
    for (const { wire } of this.members) wire.cutAfter(Infinity);
    for (const { blobs } of this.members) {
      expect((await blobs.repair(this.#wanted(), { verify: true })).missing).toEqual([]);
    }
    for (const acknowledged of this.#acknowledged) {
      for (const one of this.members) expect(isWhole(one, acknowledged)).toBe(true);
    }
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  #wanted() {
    return [...this.#acknowledged].map(({ digest }) => digest);
  }

  async #put({ blobs }: BlobMember, put: Content, isKnown: boolean): Promise<void> {
    try {
      await blobs.put(chunksOf(put.bytes, 20_000), isKnown ? { expected: put.digest } : {});
      this.#acknowledged.add(put);
    } catch (error) {
      if (!isTarsierError(error) || error.code !== 'BLOB_NO_MAJORITY') throw error;
    }
  }

  /** Only where it leaves a majority: more is more than what can be promised. */
  #damage({ directory, name }: BlobMember, damaged: Content): void {
    const others = this.members.filter((one) => one.name !== name);
    if (!existsSync(blobFile(directory, damaged.digest))) return;
    if (!others.every((one) => isWhole(one, damaged))) return;
    writeFileSync(blobFile(directory, damaged.digest), 'damaged');
  }

  async #restart(index: number): Promise<void> {
    this.#dead.delete(index);
    await this.members[index]!.restart();
  }
}

test('whatever breaks: what was acknowledged is whole on a majority, and comes to be on all', async () => {
  let acknowledged = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 14 }), async (steps) => {
      const members = await startBlobMembers(['a', 'b', 'c'], { majorityMsMax: 100 });
      const world = new World(members);
      for (const next of steps) await world.take(next);
      await world.heal();
      acknowledged += world.acknowledged;
      for (const one of members) await one.kill();
    }),
    { numRuns: 25, endOnFailure: true },
  );
  expect(acknowledged).toBeGreaterThan(25);
}, 120_000);
