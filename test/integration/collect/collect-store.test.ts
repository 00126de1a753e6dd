/** What services report, on the controller's disk. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CollectStore,
  type CollectStoreOptions,
} from '../../../controller/collect/collect-store.ts';
import type { CollectedEntry } from '../../../link/messages/collected-entry.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function open(options: Partial<CollectStoreOptions> = {}): CollectStore {
  const store = new CollectStore({
    folder: temporaryFolder(),
    now: () => 5_000,
    onDamage(error) {
      throw error;
    },
    ...options,
  });
  onTestFinished(() => store.close());
  return store;
}

function entry(kind: CollectedEntry['kind'], body: unknown, source = 'A.One'): CollectedEntry {
  return { kind, at: 1_000, source, node: 'n1', body: JSON.stringify(body) };
}

const batch = (from: number, ...entries: CollectedEntry[]) => ({
  type: 'collected' as const,
  stream: 's',
  from,
  entries,
});

const stat = entry('stat', { calls: [] });

/** All but the first two pages, which say where everything is. */
function damage(path: string): void {
  writeFileSync(path, readFileSync(path).fill(0xaa, 8_192));
}

describe('batches', () => {
  it('that overlap what is kept count only what is new', () => {
    const store = open();
    expect(store.take('n1', batch(1, stat, stat))).toBe(2);
    expect(store.take('n1', batch(2, stat, stat))).toBe(3);
    expect(store.take('n1', batch(1, stat))).toBe(3);
    // Another node's stream of the same name is another stream.
    expect(store.take('n2', batch(1, stat))).toBe(1);
    // What the agent had to drop leaves a gap.
    expect(store.take('n1', batch(10, stat))).toBe(10);
    expect(store.counters()).toMatchObject([{ kind: 'stat', source: 'A.One', entries: 5 }]);
  });

  it('of more streams than are remembered are only counted again', () => {
    let nowMs = 0;
    const store = open({ now: () => (nowMs += 1) });
    for (let index = 0; index < 40; index += 1) {
      store.take('n1', { ...batch(1, stat), stream: `s${index}` });
    }
    expect(store.take('n1', { ...batch(1, stat), stream: 's39' })).toBe(1);
    expect(store.counters()[0]?.entries).toBe(40);
  });

  it('survive the process, and a damaged database is put aside', () => {
    const folder = temporaryFolder();
    const first = open({ folder });
    first.take('n1', batch(1, stat));
    first.close();
    const second = open({ folder });
    second.take('n1', batch(1, stat));
    expect(second.counters()[0]?.entries).toBe(1);
    second.close();
    writeFileSync(join(folder, 'collect.db'), 'x'.repeat(10_000));
    const damages: unknown[] = [];
    const third = open({ folder, onDamage: (error) => damages.push(error) });
    expect(damages).toHaveLength(1);
    expect(third.counters()).toEqual([]);
    expect(existsSync(join(folder, 'collect.db.damaged'))).toBe(true);
  });

  it('survive damage behind the beginning of the database, at the start and later', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'collect.db');
    const damages: unknown[] = [];
    const store = open({ folder, onDamage: (error) => damages.push(error) });
    store.take('n1', batch(1, stat));
    store.close();
    damage(path);
    const second = open({ folder, onDamage: (error) => damages.push(error) });
    expect(damages).toHaveLength(1);
    expect(second.take('n1', batch(2, stat))).toBe(2);
    // Behind its back, with nothing left in its cache.
    new DatabaseSync(path).exec('PRAGMA wal_checkpoint(TRUNCATE)');
    damage(path);
    new DatabaseSync(path).exec('PRAGMA user_version = 1');
    expect(() => second.take('n1', batch(3, stat))).toThrow(/malformed/);
    expect(damages).toHaveLength(2);
    expect(second.take('n1', batch(3, stat))).toBe(3);
    expect(second.counters()[0]?.entries).toBe(1);
  });

  it('with figures beyond what a number holds do not keep others from being read', () => {
    const store = open();
    const many = { ...stat, kind: 'dropped' as const, body: '{"entries":9007199254740991}' };
    const late = { ...entry('notify', { message: 'late' }), at: 1e17 };
    store.take('n1', batch(1, many, many, late));
    expect(store.counters().map(({ entries }) => entries)).toEqual([Number.MAX_SAFE_INTEGER, 1]);
    expect(store.notifications({ limit: 9 }).items).toMatchObject([{ message: 'late' }]);
  });

  it.each([
    ['no JSON', 'x'],
    ['a list', '[1]'],
    ['null', 'null'],
    ['the prototype', '{"__proto__":{"level":"error"},"level":{}}'],
    ['a wrong count', '{"entries":-5}'],
  ])('with a body that is %s are kept all the same', (_name, body) => {
    const store = open();
    const kinds = ['stat', 'property', 'notify', 'log', 'dropped'] as const;
    const entries = kinds.map((kind) => ({ ...stat, kind, body }));
    expect(store.take('n1', batch(1, ...entries))).toBe(5);
    expect(store.notifications({ limit: 9 }).items).toMatchObject([{ level: 'normal' }]);
  });

  it('from sources beyond the bound are counted together', () => {
    const store = open();
    for (let index = 0; index < 5_500; index += 500) {
      const entries = Array.from({ length: 500 }, (_, at) => ({
        ...stat,
        source: `A.S${index + at}`,
      }));
      store.take('n1', batch(index + 1, ...entries));
    }
    expect(store.counters().length).toBeLessThanOrEqual(5_001);
    expect(store.counters().find(({ source }) => source === 'others')?.entries).toBe(500);
  });
});

describe('notifications', () => {
  it('are bounded for each service, and paged from the newest', () => {
    const store = open({ notificationsPerServiceMax: 3 });
    const note = (message: string, source: string) => entry('notify', { message }, source);
    const notes = ['a', 'b', 'c', 'd', 'e'].map((name) => note(name, 'A.One'));
    store.take('n1', batch(1, ...notes, note('other', 'A.Two')));
    store.take('n2', batch(1, note('there', 'A.Two')));
    const messages = (query: { service?: string; node?: string; before?: number }) =>
      store.notifications({ limit: 10, ...query }).items.map(({ message }) => message);
    expect(messages({ service: 'A.One' })).toEqual(['e', 'd', 'c']);
    expect(messages({})).toEqual(['there', 'other', 'e', 'd', 'c']);
    expect(messages({ node: 'n2' })).toEqual(['there']);
    const page = store.notifications({ service: 'A.One', limit: 2 });
    expect(page).toMatchObject({ total: 3, hasMore: true });
    const before = Number(page.items.at(-1)?.id);
    expect(messages({ service: 'A.One', before })).toEqual(['c']);
  });
});

describe('logs', () => {
  const log = (file: string, ...lines: string[]) => entry('log', { file, lines });

  it('are appended to the file that the agent names', () => {
    const folder = temporaryFolder();
    const store = open({ folder });
    const file = 'A/One/A.One_roll_20250101.log';
    store.take('n1', batch(1, log(file, 'n1|a\n'), log(file, 'n1|b\n')));
    store.take('n2', batch(1, log(file, 'n2|c\n'), log('A/setarea1/One/x.log', 'd\n')));
    expect(readFileSync(join(folder, 'logs', file), 'utf8')).toBe('n1|a\nn1|b\nn2|c\n');
    expect(readFileSync(join(folder, 'logs/A/setarea1/One/x.log'), 'utf8')).toBe('d\n');
  });

  it.each([
    '../../x.log',
    'A/../../x.log',
    'A/One/..',
    '/A/One/x.log',
    'A/One/.hidden',
    'A/One',
    'A/One/a/b/x.log',
    'A//x.log',
    'A/One/x\0.log',
    'A/One/x\n.log',
    `A/One/${'x'.repeat(256)}`,
  ])('are never written to %j', (file) => {
    const folder = temporaryFolder();
    const store = open({ folder });
    expect(store.take('n1', batch(1, log(file, 'x\n')))).toBe(1);
    const written = readdirSync(folder, { recursive: true }).filter(
      (name) => !String(name).startsWith('collect.db') && name !== 'logs',
    );
    expect(written).toEqual([]);
    expect(store.counters()).toMatchObject([{ kind: 'log' }, { kind: 'refused', entries: 1 }]);
  });

  it('are not written through a link', () => {
    const folder = temporaryFolder();
    const store = open({ folder });
    mkdirSync(join(folder, 'logs/A/One'), { recursive: true });
    writeFileSync(join(folder, 'target'), '');
    symlinkSync(join(folder, 'target'), join(folder, 'logs/A/One/x.log'));
    expect(store.take('n1', batch(1, log('A/One/x.log', 'x\n')))).toBe(1);
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('');
    expect(store.counters()).toMatchObject([{ kind: 'log' }, { kind: 'refused', entries: 1 }]);
  });

  it.each([
    ['file', 'A/set/One', 'A/set/One/x.log'],
    ['folder', 'A/set/One/x.log', 'A/set/One'],
  ])('that find a %s in their way hold up nothing else', (_what, first, second) => {
    const folder = temporaryFolder();
    const store = open({ folder });
    store.take('n1', batch(1, log(first, 'x\n')));
    expect(store.take('n1', batch(2, log(second, 'y\n'), log('A/One/z.log', 'z\n')))).toBe(3);
    expect(readFileSync(join(folder, 'logs', first), 'utf8')).toBe('x\n');
    expect(readFileSync(join(folder, 'logs/A/One/z.log'), 'utf8')).toBe('z\n');
    expect(store.counters()).toMatchObject([{ entries: 3 }, { kind: 'refused', entries: 1 }]);
  });

  it('keep to their budget: the oldest files go first', () => {
    const folder = temporaryFolder();
    const store = open({ folder, logBytesMax: 120_000 });
    const file = (index: number) => `A/One/f${index}.log`;
    for (let index = 1; index <= 9; index += 1) {
      store.take('n1', batch(index, log(file(index), 'x'.repeat(1_100))));
      utimesSync(join(folder, 'logs', file(index)), index, index);
    }
    store.take('n1', batch(10, log(file(10), 'x'.repeat(1_100))));
    const left = readdirSync(join(folder, 'logs/A/One'));
    expect(left).toContain('f10.log');
    expect(left).toHaveLength(8);
    expect(left).not.toContain('f1.log');
    expect(left).not.toContain('f2.log');
  });

  it('keep to their budget also when they are many and small, each in folders of its own', () => {
    const folder = temporaryFolder();
    const options = { folder, logBytesMax: 400_000 };
    const store = open(options);
    const entries = Array.from({ length: 200 }, (_, index) => log(`A${index}/One/x.log`, 'x\n'));
    store.take('n1', batch(1, ...entries));
    const names = () => readdirSync(join(folder, 'logs'), { recursive: true });
    expect(names().length * 4_096).toBeLessThanOrEqual(400_000);
    expect(names().length).toBeGreaterThan(60);
    store.close();
    const reopened = open(options);
    reopened.take('n1', batch(201, log('B/One/x.log', 'x\n')));
    expect(names().length * 4_096).toBeLessThanOrEqual(400_000);
  });
});
