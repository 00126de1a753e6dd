/** One start on disk: what was intended, who claimed it, and the journal of what became of it. */

import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../../state/atomic-file.ts';
import { readStateFile, writeStateFile } from '../../state/state-file.ts';
import { parseJournal, type JournalFacts } from '../decide/journal.ts';
import type { RunIntent } from './run-intent.ts';
import type { TimeMs } from '../../../registry/model.ts';

const INTENT_FORMAT = 'run-1';
const INTENT_FILE = 'intent.json';

/** Sorts by time, and is unique on any machine. */
export function newRunId(now: TimeMs): string {
  return `${String(Math.trunc(now)).padStart(13, '0')}-${randomBytes(6).toString('hex')}`;
}

export interface RunList {
  readonly readable: RunFolder[];
  readonly unreadable: { readonly path: string; readonly why: string }[];
}

export class RunFolder {
  readonly path: string;
  #intent: RunIntent;

  private constructor(path: string, intent: RunIntent) {
    this.path = path;
    this.#intent = intent;
  }

  get intent(): RunIntent {
    return this.#intent;
  }

  /** On return the intent is on the disk; nothing has started yet. */
  static create(runsFolder: string, intent: RunIntent): RunFolder {
    const path = join(runsFolder, intent.runId);
    mkdirSync(path, { recursive: true, mode: 0o755 });
    // The first line takes the block of the disk that the exit status will need.
    writeFileSync(join(path, 'journal'), `run ${intent.runId}\n`, { mode: 0o644 });
    // Last: a folder without an intent was never acted upon.
    writeStateFile(join(path, INTENT_FILE), INTENT_FORMAT, intent);
    syncFolder(runsFolder);
    return new RunFolder(path, intent);
  }

  /** Oldest first, and apart those whose intent is missing or damaged. */
  static list(runsFolder: string): RunList {
    const list: RunList = { readable: [], unreadable: [] };
    if (!existsSync(runsFolder)) return list;
    for (const name of readdirSync(runsFolder).toSorted()) {
      const path = join(runsFolder, name);
      const content = readStateFile<RunIntent>(join(path, INTENT_FILE), INTENT_FORMAT);
      if (content.kind === 'value') list.readable.push(new RunFolder(path, content.value));
      else list.unreadable.push({ path, why: content.kind === 'none' ? 'missing' : content.why });
    }
    return list;
  }

  /** For what was changed under the running process; on return it is on the disk. */
  rewriteIntent(intent: RunIntent): void {
    writeStateFile(join(this.path, INTENT_FILE), INTENT_FORMAT, intent);
    this.#intent = intent;
  }

  exists(): boolean {
    return existsSync(join(this.path, 'journal'));
  }

  readFacts(): JournalFacts {
    try {
      return parseJournal(readFileSync(join(this.path, 'journal'), 'utf8'));
    } catch {
      return { unlimited: [] };
    }
  }

  /** When something was last written about this run. */
  journalTimeMs(): TimeMs {
    return Math.trunc(statSync(join(this.path, 'journal')).mtimeMs);
  }

  /** A single short append: it is there whole, also beside one of the shim. */
  append(line: string): void {
    appendFileSync(join(this.path, 'journal'), `${line}\n`);
  }

  isClaimed(): boolean {
    return existsSync(join(this.path, 'claim'));
  }

  /** True when the start now belongs to us, so that its shim will never start anything. */
  claim(): boolean {
    try {
      closeSync(openSync(join(this.path, 'claim'), 'wx', 0o644));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
