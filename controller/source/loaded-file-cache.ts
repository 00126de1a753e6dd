/** Parsed files on disk, so that a restart parses only what changed while it was down. */

import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { LoadedFile } from '../../spec/repository.ts';

interface Row {
  readonly path: string;
  readonly body: string;
  readonly checksum: number;
}

const tables = `
  CREATE TABLE IF NOT EXISTS meta (version TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS loaded_files (
    path TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL, checksum INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

/** A cache may lose everything at any time: whatever is wrong with it, it starts out empty. */
export class LoadedFileCache {
  readonly #file: string;
  readonly #version: string;
  #database: DatabaseSync | undefined;

  /** Entries of another `version` of the loader are forgotten. */
  constructor(file: string, version: string) {
    this.#file = file;
    this.#version = version;
    this.#database = this.#open() ?? this.#startEmpty();
  }

  /** The newest version of every path, as far as it is intact. */
  readAll(): LoadedFile[] {
    const files: LoadedFile[] = [];
    try {
      const select = this.#database?.prepare('SELECT * FROM loaded_files');
      for (const row of (select?.iterate() ?? []) as Iterable<Row>) {
        if (crc32(row.body) !== row.checksum) continue;
        files.push(JSON.parse(row.body) as LoadedFile);
      }
    } catch {
      this.#database = this.#startEmpty();
    }
    return files;
  }

  /** Adds files that were parsed. A failure is no news: they are parsed again next time. */
  write(files: readonly LoadedFile[]): void {
    if (files.length === 0) return;
    this.#attempt((database) => {
      const insert = database.prepare('INSERT OR REPLACE INTO loaded_files VALUES (?, ?, ?)');
      for (const file of files) {
        const body = JSON.stringify(file);
        insert.run(file.path, body, crc32(body));
      }
    });
  }

  /** Drops the files that are gone. */
  prune(kept: ReadonlyMap<string, LoadedFile>): void {
    this.#attempt((database) => {
      const remove = database.prepare('DELETE FROM loaded_files WHERE path = ?');
      const rows = database.prepare('SELECT path FROM loaded_files').all();
      for (const { path } of rows as unknown as Row[]) if (!kept.has(path)) remove.run(path);
    });
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  /** All or nothing; what fails leaves the cache as it was, or empty. */
  #attempt(work: (database: DatabaseSync) => void): void {
    const database = this.#database;
    if (database === undefined) return;
    try {
      database.exec('BEGIN');
      work(database);
      database.exec('COMMIT');
    } catch {
      this.#database = this.#startEmpty();
    }
  }

  #open(): DatabaseSync | undefined {
    let database: DatabaseSync | undefined;
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      database = new DatabaseSync(this.#file);
      // Nothing here is worth waiting for the disk: a torn file is noticed and thrown away.
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
      database.exec(tables);
      const version = database.prepare('SELECT version FROM meta').get()?.['version'];
      if (version === this.#version) return database;
      database.exec('DELETE FROM loaded_files; DELETE FROM meta;');
      database.prepare('INSERT INTO meta VALUES (?)').run(this.#version);
      return database;
    } catch {
      database?.close();
      return undefined;
    }
  }

  #startEmpty(): DatabaseSync | undefined {
    try {
      if (this.#database?.isOpen) this.#database.close();
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${this.#file}${suffix}`, { force: true });
    } catch {
      return undefined;
    }
    return this.#open();
  }
}
