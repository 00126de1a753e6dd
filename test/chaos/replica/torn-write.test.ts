import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { LogStore } from '../../../replica/drivers/embedded/log-store.ts';
import { randomFrom, type Random } from '../../support/replica/seeded-random.ts';
import { memoryFolder } from '../../support/temporary-folder.ts';

const SECTOR_BYTES = 512;
const files = ['log.db', 'log.db-wal', 'log.head'] as const;

/** What lies on the disk, and what was acknowledged by then. */
interface Image {
  readonly 'log.db': Buffer;
  readonly 'log.db-wal': Buffer;
  readonly 'log.head': Buffer;
  readonly acknowledged: readonly string[];
  readonly first: number;
}

const seed = Number(process.env['TORN_WRITE_SEED'] ?? Date.now() % 1_000_000);

function photograph(directory: string, store: LogStore, acknowledged: readonly string[]): Image {
  const [database, wal, head] = files.map((name) => readFileSync(join(directory, name)));
  return {
    'log.db': database!,
    'log.db-wal': wal!,
    'log.head': head!,
    acknowledged: [...acknowledged],
    first: store.head().first,
  };
}

/** Images of a log after each of `count` commits, some of which trim or fill the write-ahead log. */
function takeImages(folder: string, count: number, random: Random): Image[] {
  const directory = join(folder, 'original');
  mkdirSync(directory);
  const store = new LogStore(directory);
  const acknowledged: string[] = [];
  const images = [photograph(directory, store, acknowledged)];
  for (let commit = 1; commit <= count; commit += 1) {
    const batch = Array.from({ length: 1 + random(12) }, (_, index) => ({
      commandId: `commit${commit}.${index}`,
      payload: new Uint8Array(random(commit % 7 === 0 ? 60_000 : 600)).fill(random(256)),
    }));
    store.append(batch);
    acknowledged.push(...batch.map(({ commandId }) => commandId));
    images.push(photograph(directory, store, acknowledged));
    if (commit % 9 === 0) {
      store.trim(acknowledged.length - 30, 1_000);
      images.push(photograph(directory, store, acknowledged));
    }
  }
  store.close();
  images.push(closedImage(directory, images.at(-1)!));
  return images;
}

function closedImage(directory: string, last: Image): Image {
  const read = (name: string) => readFileSync(join(directory, name));
  return {
    ...last,
    'log.db': read('log.db'),
    'log.db-wal': Buffer.alloc(0),
    'log.head': read('log.head'),
  };
}

/**
 * What a power loss may leave while `before` turns into `after`: each sector is old, new, or broken
 * where it was being written. Bytes beside a write stay (SQLite's "powersafe overwrite").
 */
function tear(before: Buffer, after: Buffer, random: Random): Buffer {
  const torn = Buffer.alloc(Math.max(before.length, after.length));
  before.copy(torn);
  for (let start = 0; start < after.length; start += SECTOR_BYTES) {
    const end = Math.min(start + SECTOR_BYTES, after.length);
    const fate = random(10);
    if (fate < 5) after.copy(torn, start, start, end);
    for (let at = fate < 8 ? end : start; at < end; at += 1) {
      if (torn[at] !== after[at]) torn[at] = fate === 8 ? 0 : random(256);
    }
  }
  return random(3) === 0 && after.length > before.length
    ? torn.subarray(0, before.length + random(after.length - before.length))
    : torn;
}

type Outcome = string;

/** Short enough to read in a failure, and different for different entries. */
function describeEntries(first: number, entries: readonly string[]): Outcome {
  const digest = hash('sha256', JSON.stringify(entries)).slice(0, 8);
  return `${entries.length} entries from ${first}, ${digest}`;
}

function reopen(folder: string, image: Image): Outcome {
  const directory = join(folder, 'copy');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  for (const name of files) writeFileSync(join(directory, name), image[name]);
  try {
    const store = new LogStore(directory);
    const { first, sequence } = store.head();
    const entries = store.read(first, sequence + 1).map(({ commandId }) => commandId);
    store.append([{ commandId: 'afterwards', payload: new Uint8Array(3) }]);
    store.close();
    return describeEntries(first, entries);
  } catch (error) {
    if (isTarsierError(error)) return error.code;
    throw error;
  }
}

function whole({ acknowledged, first }: Image, from = first): Outcome {
  return describeEntries(from, acknowledged.slice(from - 1));
}

describe(`torn writes (TORN_WRITE_SEED=${seed})`, () => {
  test('a power loss in the middle of a commit or checkpoint loses nothing that was acknowledged', () => {
    const random = randomFrom(seed);
    const folder = memoryFolder();
    const images = takeImages(folder, 120, random);
    const outcomes = { before: 0, after: 0 };
    for (let round = 0; round < 400; round += 1) {
      const index = random(images.length - 2);
      const before = images[index]!;
      const after = images[index + 1]!;
      // SQLite syncs the write-ahead log before it writes to the database: only one of them tears.
      const tearsWal = random(2) === 0;
      const torn = tearsWal
        ? { ...before, 'log.db-wal': tear(before['log.db-wal'], after['log.db-wal'], random) }
        : {
            ...after,
            'log.db': tear(before['log.db'], after['log.db'], random),
            'log.head': before['log.head'],
          };
      const found = reopen(folder, torn);
      const allowed = tearsWal ? [whole(before), whole(after)] : [whole(after)];
      expect(allowed, `round ${round}`).toContain(found);
      outcomes[JSON.stringify(found) === JSON.stringify(whole(after)) ? 'after' : 'before'] += 1;
    }
    expect(outcomes.before).toBeGreaterThan(20);
    expect(outcomes.after).toBeGreaterThan(20);
  }, 60_000);

  test('any damage to the files is refused, unless every acknowledged entry is still there', () => {
    const random = randomFrom(seed + 1);
    const folder = memoryFolder();
    const images = takeImages(folder, 40, random);
    const trimPoints = [...new Set(images.map(({ first }) => first))];
    let wholeCount = 0;
    let damagedCount = 0;
    for (let round = 0; round < 500; round += 1) {
      const image = images[random(images.length)]!;
      const name = files[random(20) === 0 ? 2 : random(2)]!;
      const damagedFile = damage(image[name], random);
      const found = reopen(folder, { ...image, [name]: damagedFile });
      // Damage may undo a trim: then there is more than needed.
      const wholes = trimPoints
        .filter((first) => first <= image.first)
        .map((first) => whole(image, first));
      expect(['LOG_DAMAGED', 'LOG_TOO_NEW', ...wholes], `round ${round}, ${name}`).toContain(found);
      if (wholes.includes(found)) wholeCount += 1;
      if (found === 'LOG_DAMAGED') damagedCount += 1;
    }
    console.log(`500 damaged files: ${damagedCount} refused, ${wholeCount} with every entry`);
    expect(damagedCount).toBeGreaterThan(50);
    expect(wholeCount).toBeGreaterThan(50);
  }, 60_000);
});

/** Cuts the end, zeroes a stretch, or flips a bit. */
function damage(original: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(original);
  if (bytes.length === 0) return bytes;
  const position = random(bytes.length);
  const kind = random(3);
  if (kind === 0) return bytes.subarray(0, position);
  if (kind === 1)
    return bytes.fill(0, position, Math.min(bytes.length, position + 1 + random(5_000)));
  bytes[position] = (bytes[position] ?? 0) ^ (1 << random(8));
  return bytes;
}
