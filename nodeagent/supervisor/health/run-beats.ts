/** Keeps what is heard of one run of a TARS service, and asks those of its adapters that say nothing themselves. */

import type { Clock } from '../../clock.ts';
import type { TarsCalls } from '../admin/tars-calls.ts';
import {
  everyAdapter,
  findSilence,
  hearActivating,
  hearAnswer,
  hearBeat,
  isActivating,
  lookAt,
  namesAdapters,
  startListening,
  type Heard,
  type Silence,
} from '../decide/beats.ts';
import { everyAdapterMark, type JournalFacts } from '../decide/journal.ts';
import type { RunFolder } from '../run/run-folder.ts';
import type { AdapterRun, TarsRun } from '../run/run-intent.ts';

/** How often an adapter is asked; more often when it may be silent for less. */
const ASK_EVERY_MS = 10_000;
const ADMIN_ADAPTER = 'AdminAdapter';
/** A library says its version once or twice; whoever says another one each time fills no journal. */
const VERSIONS_MAX = 8;

export interface RunBeatsOptions {
  readonly run: RunFolder;
  readonly tars: TarsRun;
  readonly clock: Clock;
  readonly calls: TarsCalls;
  /** False while nobody can report to this machine: silence says nothing then. */
  hearsServices(): boolean;
  onChange(): void;
}

export class RunBeats {
  readonly #options: RunBeatsOptions;
  readonly #names: ReadonlySet<string>;
  #heard: Heard;
  #libraryVersion: string | undefined;
  #versionsHeard = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RunBeatsOptions) {
    this.#options = options;
    const { heard, answered, libraryVersion } = options.run.readFacts();
    this.#heard = startListening(options.clock.now(), {
      ...(heard === undefined ? {} : { beats: heard }),
      ...(answered === undefined ? {} : { answers: answered }),
    });
    this.#libraryVersion = libraryVersion;
    this.#names = new Set([...options.tars.adapters.map(({ name }) => name), ADMIN_ADAPTER]);
  }

  get libraryVersion(): string | undefined {
    return this.#libraryVersion;
  }

  /** A name that the configuration does not have says nothing about the others. */
  keepAlive(adapter: string): void {
    if (adapter !== everyAdapter && !this.#names.has(adapter)) return;
    const isFirst = this.#heard.beats.size === 0;
    if (!this.#heard.beats.has(adapter)) {
      this.#note(`heard ${adapter === everyAdapter ? everyAdapterMark : adapter}`);
    }
    this.#heard = hearBeat(this.#heard, adapter, this.#options.clock.now());
    if (isFirst) this.#options.onChange();
  }

  keepActiving(): void {
    this.#heard = hearActivating(this.#heard, this.#options.clock.now());
  }

  /** Kept in the journal, so that an agent that comes later knows it too. */
  reportVersion(version: string): void {
    const text = version
      .replaceAll(/[^\x21-\x7e]+/g, ' ')
      .trim()
      .slice(0, 64);
    if (text === '' || text === this.#libraryVersion) return;
    if (this.#versionsHeard >= VERSIONS_MAX) return;
    this.#versionsHeard += 1;
    this.#libraryVersion = text;
    this.#note(`library ${text}`);
    this.#options.onChange();
  }

  /** `expected`: the library in it will say something, and has not yet. */
  get stage(): 'never' | 'host' | 'expected' | 'activating' | 'unnamed' | 'named' {
    if (namesAdapters(this.#heard)) return 'named';
    if (this.#heard.beats.size > 0) return 'unnamed';
    const { beats } = this.#options.tars;
    if (beats === 'host') return 'host';
    if (isActivating(this.#heard, this.#options.clock.now())) return 'activating';
    return beats === 'library' ? 'expected' : 'never';
  }

  /** When it last asked for patience; also for the moment between that and being found ready. */
  get activatingAt(): number | undefined {
    return this.#options.tars.beats === 'host' ? undefined : this.#heard.activatingAt;
  }

  /** Only of a service that is ready: before, its start has a time limit of its own. */
  findSilence(facts: JournalFacts): Silence | undefined {
    const { clock, tars } = this.#options;
    const now = clock.now();
    this.#heard = lookAt(this.#heard, now, !this.#options.hearsServices());
    if (facts.readyAt === undefined) return undefined;
    this.#startAsking();
    const silentPorts = new Set(facts.silentPorts);
    const listening = tars.adapters
      .filter(({ port }) => port !== undefined && !silentPorts.has(port))
      .map(({ name }) => name);
    return findSilence(this.#heard, { listening, timeoutMs: tars.beatTimeoutMs, now });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Somebody may have deleted the folder: whoever looks at the run finds that out. */
  #note(line: string): void {
    try {
      this.#options.run.append(line);
    } catch {
      this.#options.onChange();
    }
  }

  #startAsking(): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    const { adapters, beatTimeoutMs } = this.#options.tars;
    if (!adapters.some(({ object }) => object !== undefined)) return;
    const everyMs = Math.min(ASK_EVERY_MS, beatTimeoutMs / 4);
    this.#timer = setTimeout(() => void this.#ask(everyMs), everyMs);
  }

  async #ask(everyMs: number): Promise<void> {
    const { adapters } = this.#options.tars;
    if (!namesAdapters(this.#heard)) {
      await Promise.all(adapters.map((adapter) => this.#askOne(adapter)));
    }
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#ask(everyMs), everyMs);
  }

  /** No answer says nothing by itself: how long there is none is what counts. */
  async #askOne({ name, host, port, object }: AdapterRun): Promise<void> {
    if (host === undefined || port === undefined || object === undefined) return;
    const { calls, clock } = this.#options;
    try {
      await calls.ping({ host, port }, object);
    } catch {
      return;
    }
    if (this.#isClosed) return;
    if (!this.#heard.answers.has(name)) this.#note(`answered ${name}`);
    this.#heard = hearAnswer(this.#heard, name, clock.now());
  }
}
