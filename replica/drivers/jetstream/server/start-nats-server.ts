/**
 * Runs one member of the engine: starts or adopts its `nats-server`, restarts it when it dies, and
 * ends it in good order. A server of a controller that was killed goes on, and is found again.
 */

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TarsierError } from '../../../../errors/tarsier-error.ts';
import { createRecorder, type EngineLog, type EngineRecorder } from './engine-log.ts';
import { lockEngine } from './engine-lock.ts';
import { FullDiskWatch } from './full-disk-watch.ts';
import { findServer, type FoundServer } from './find-server.ts';
import { followLog, type LogFollower } from './follow-log.ts';
import { removeOtherGenerations, writeGeneration, type Generation } from './generation-folder.ts';
import { adoptServer, launchServer, readLastWords, type ServerHandle } from './launch-server.ts';
import { findRunningServers, isRunning } from './process-table.ts';
import { countFailure, restartDelayMs } from './restart-delay.ts';
import type { ServerSettings } from './server-settings.ts';
import { stopBoundsAlone, stopBoundsDefault, stopServer, type StopBounds } from './stop-server.ts';
import { waitUntilListening } from './wait-until-listening.ts';

export interface NatsServerOptions {
  /** Holds configuration, store and log; used by one manager at a time. */
  readonly folder: string;
  readonly settings: Omit<ServerSettings, 'storeDir' | 'logFile'>;
  /** The program; absent: `nats-server` on PATH. */
  readonly binary?: string;
  readonly log: EngineLog;
  readonly stopBounds?: StopBounds;
  /** How long recovering its store and opening its ports may take. */
  readonly listenMsMax?: number;
  /** How long one that was found running may take to answer, before it is replaced. */
  readonly adoptMsMax?: number;
}

export interface NatsServer {
  readonly version: string;
  /** True when a server was found running with these settings, and was kept. */
  readonly adopted: boolean;
  /** Of the server that runs now; undefined between two. */
  readonly pid: number | undefined;
  /** Lets it hand over what it leads, and ends it. Safe to repeat. */
  close(): Promise<void>;
}

const adoptMsMaxDefault = 15_000;
const listenMsMaxDefault = 300_000;

/**
 * Resolves when the server takes clients; JetStream may still wait for other members
 * (`waitUntilReady`). `ENGINE_MISSING`, `ENGINE_TOO_OLD`, `ENGINE_LOCKED`, `ENGINE_START_FAILED`.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const found = await findServer(options.binary);
  const folder = resolve(options.folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = lockEngine(folder);
  try {
    const managed = new ManagedServer(options, folder, found, unlock);
    await managed.start();
    return managed;
  } catch (error) {
    unlock();
    throw error;
  }
}

class ManagedServer implements NatsServer {
  readonly version: string;
  readonly #options: NatsServerOptions;
  readonly #folder: string;
  readonly #found: FoundServer;
  readonly #settings: ServerSettings;
  readonly #unlock: () => void;
  readonly #recorder: EngineRecorder;
  readonly #follower: LogFollower;
  readonly #disk: FullDiskWatch;
  readonly #closing = new AbortController();
  /** Nothing of the server keeps this process alive, so its end is not waited for after this. */
  readonly #closeAsked: Promise<undefined>;
  #generation!: Generation;
  #handle: ServerHandle | undefined;
  #kept: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #adopted = false;

  constructor(options: NatsServerOptions, folder: string, found: FoundServer, unlock: () => void) {
    const logFile = join(folder, 'nats-server.log');
    // A server that was alone and one of several keep their streams in ways that do not mix.
    const storeDir = join(folder, options.settings.cluster === undefined ? 'store-alone' : 'store');
    const { promise, resolve: ask } = Promise.withResolvers<undefined>();
    this.#closing.signal.addEventListener('abort', () => ask(undefined), { once: true });
    this.#closeAsked = promise;
    this.version = found.version;
    this.#options = options;
    this.#folder = folder;
    this.#found = found;
    this.#unlock = unlock;
    this.#settings = { ...options.settings, storeDir, logFile };
    this.#recorder = createRecorder(options.log);
    this.#disk = new FullDiskWatch(folder, () => void this.#startAnew());
    this.#follower = followLog(logFile, (line) => {
      this.#recorder.record(line);
      this.#disk.hear(line);
    });
  }

  get adopted(): boolean {
    return this.#adopted;
  }

  get pid(): number | undefined {
    const server = this.#handle?.process;
    return server !== undefined && isRunning(server) ? server.pid : undefined;
  }

  async start(): Promise<void> {
    try {
      this.#generation = await writeGeneration(this.#folder, this.#settings, this.version);
      this.#handle = (await this.#adopt()) ?? (await this.#launchAndWait());
      this.#adopted = this.#handle.adopted;
      await removeOtherGenerations(this.#folder, this.#generation);
    } catch (error) {
      this.#disk.stop();
      this.#follower.stop();
      throw error;
    }
    const { pid } = this.#handle.process;
    this.#options.log.info({ pid, version: this.version, adopted: this.#adopted }, 'engine runs');
    this.#kept = this.#keepRunning(this.#handle);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#disk.stop();
    if (this.#handle !== undefined && this.pid !== undefined) await this.#stop(this.#handle);
    await this.#kept;
    this.#follower.readRest();
    this.#follower.stop();
    this.#unlock();
  }

  /** Keeps the one that runs with these settings; ends all others, so that one alone has the store. */
  async #adopt(): Promise<ServerHandle | undefined> {
    let kept: ServerHandle | undefined;
    const boundMs = this.#options.adoptMsMax ?? adoptMsMaxDefault;
    for (const server of findRunningServers(this.#folder)) {
      const fits = server.configFile === this.#generation.configFile;
      const handle = adoptServer(server);
      if (fits && kept === undefined && (await this.#listens(handle, boundMs))) {
        kept = handle;
      } else {
        await this.#stop(handle);
      }
    }
    return kept;
  }

  async #launch(): Promise<ServerHandle> {
    return launchServer({
      binary: this.#found.path,
      configFile: this.#generation.configFile,
      storeDir: this.#settings.storeDir,
      lastWordsFile: this.#lastWordsFile,
    });
  }

  async #launchAndWait(): Promise<ServerHandle> {
    const handle = await this.#launch();
    const boundMs = this.#options.listenMsMax ?? listenMsMaxDefault;
    if (await this.#listens(handle, boundMs)) return handle;
    const didEnd = !isRunning(handle.process);
    const how = didEnd ? `ended (${await handle.ended})` : `did not listen within ${boundMs} ms`;
    await this.#stop(handle);
    this.#follower.readRest();
    throw new TarsierError(
      'ENGINE_START_FAILED',
      `Cannot start ${this.#found.path} as member ${this.#settings.serverName}: it ${how}. ${this.#lastWords()}`,
      { details: { folder: this.#folder } },
    );
  }

  #listens({ process: server }: ServerHandle, boundMs: number): Promise<boolean> {
    const deadline = performance.now() + boundMs;
    const goesOn = (): boolean => isRunning(server) && performance.now() < deadline;
    return waitUntilListening(this.#settings, goesOn);
  }

  async #keepRunning(first: ServerHandle): Promise<void> {
    let handle = first;
    let failures = 0;
    for (;;) {
      const startedMs = performance.now();
      const how = await Promise.race([handle.ended, this.#closeAsked]);
      if (how === undefined || this.#closing.signal.aborted) return;
      failures = countFailure(failures, performance.now() - startedMs);
      const delayMs = restartDelayMs(failures);
      this.#follower.readRest();
      this.#options.log.error({ how, lastWords: this.#lastWords(), delayMs }, 'engine ended');
      const next = await this.#relaunch(delayMs);
      if (next === undefined) return;
      handle = next;
    }
  }

  /** Ends it in good order; whoever keeps it running starts it again. */
  async #startAnew(): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined || this.pid === undefined || this.#closing.signal.aborted) return;
    const { log } = this.#options;
    log.warn({}, 'the disk of the engine was full and has room again: the engine starts anew');
    await this.#stop(handle).catch((error: unknown) =>
      log.error({ err: error }, 'engine not stopped'),
    );
  }

  /** `undefined` when it is closed meanwhile. */
  async #relaunch(delayMs: number): Promise<ServerHandle | undefined> {
    const { signal } = this.#closing;
    for (;;) {
      try {
        await delay(delayMs, undefined, { signal });
        const handle = await this.#launch();
        if (signal.aborted) {
          await this.#stop(handle);
          return undefined;
        }
        this.#handle = handle;
        this.#options.log.info({ pid: handle.process.pid }, 'engine started again');
        return handle;
      } catch (error) {
        if (signal.aborted) return undefined;
        this.#options.log.error({ err: error }, 'engine not started');
      }
    }
  }

  async #stop({ process: server }: ServerHandle): Promise<void> {
    const startedMs = performance.now();
    const isAlone = this.#settings.cluster === undefined;
    const bounds = this.#options.stopBounds ?? (isAlone ? stopBoundsAlone : stopBoundsDefault);
    const how = await stopServer(server, bounds);
    const durationMs = Math.round(performance.now() - startedMs);
    const fields = { pid: server.pid, how, durationMs };
    if (how === undefined) {
      throw new TarsierError(
        'ENGINE_START_FAILED',
        `The nats-server with pid ${server.pid} does not end, even when it is killed: its disk may hang. Nothing else may use its store meanwhile.`,
        { details: fields },
      );
    }
    this.#options.log.info(fields, 'engine stopped');
  }

  #lastWords(): string {
    const words = [...this.#recorder.complaints, readLastWords(this.#lastWordsFile)];
    return words.filter((line) => line !== '').join(' | ');
  }

  get #lastWordsFile(): string {
    return join(this.#folder, 'last-words.log');
  }
}
