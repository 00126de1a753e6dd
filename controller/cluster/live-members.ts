/** Which controllers of the cluster are there: each one says so every second, and what it knows. */

import type { Signals } from '../../replica/core/signals.ts';

/** What a controller says of itself. */
export interface MemberNews {
  readonly name: string;
  /** New for each start of the process. */
  readonly start: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly isLeader: boolean;
  /** How many its file names. */
  readonly members: number;
  /** Agents that are connected to it. */
  readonly agents: number;
  /** Entries that it has applied, by log. */
  readonly applied: Readonly<Record<string, number>>;
}

export interface HeardMember extends MemberNews {
  /** How long ago it was heard, in ms. */
  readonly silentMs: number;
}

export interface LiveMembersOptions {
  readonly signals: Signals;
  readonly own: () => MemberNews;
  /** The names of all members; who is not among them is not listened to. */
  readonly names: readonly string[];
  readonly everyMs?: number;
  /** `performance.now` by default. */
  readonly nowMs?: () => number;
}

const EVERY_MS = 1_000;
/** Longer than a restart or a pause takes that nobody should notice. */
const GONE_AFTER_MS = 10_000;
/** Agents should not stay for long with a controller that knows nothing new. */
const ALONE_AFTER_MS = 5_000;
const NEWS_BYTES_MAX = 4_096;
const subject = 'member';

export class LiveMembers {
  readonly #options: LiveMembersOptions;
  readonly #nowMs: () => number;
  readonly #heard = new Map<string, { readonly news: MemberNews; readonly atMs: number }>();
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #startedAtMs: number;

  constructor(options: LiveMembersOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#startedAtMs = this.#nowMs();
    this.#unsubscribe = options.signals.subscribe(subject, (payload) => this.#hear(payload));
    this.#timer = setInterval(() => this.tell(), options.everyMs ?? EVERY_MS);
    this.#timer.unref();
  }

  /** Says what is new without waiting for the next time. */
  tell(): void {
    const bytes = new TextEncoder().encode(JSON.stringify(this.#options.own()));
    this.#options.signals.publish(subject, bytes);
  }

  /** Those that were heard, this one included, in the order of their names. */
  get heard(): readonly HeardMember[] {
    const own = { ...this.#options.own(), silentMs: 0 };
    const others = [...this.#heard.values()].map(({ news, atMs }) => {
      return { ...news, silentMs: Math.round(this.#nowMs() - atMs) };
    });
    return [own, ...others].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Those that are there, or may be: nobody is gone before there was time to be heard. */
  get live(): ReadonlySet<string> {
    const isNew = this.#nowMs() - this.#startedAtMs < GONE_AFTER_MS;
    if (isNew) return new Set(this.#options.names);
    const heard = this.heard.filter(({ silentMs }) => silentMs < GONE_AFTER_MS);
    return new Set(heard.map(({ name }) => name));
  }

  /** None of the others was heard for a while. */
  get isAlone(): boolean {
    if (this.#options.names.length === 1) return false;
    const heardAtMs = [...this.#heard.values()].map(({ atMs }) => atMs);
    return this.#nowMs() - Math.max(this.#startedAtMs, ...heardAtMs) > ALONE_AFTER_MS;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
  }

  #hear(payload: Uint8Array): void {
    const news = payload.length > NEWS_BYTES_MAX ? undefined : readNews(payload);
    if (news === undefined || !this.#options.names.includes(news.name)) return;
    this.#heard.set(news.name, { news, atMs: this.#nowMs() });
  }
}

function readNews(payload: Uint8Array): MemberNews | undefined {
  try {
    const news = JSON.parse(new TextDecoder().decode(payload)) as MemberNews;
    return typeof news.name === 'string' && typeof news.applied === 'object' ? news : undefined;
  } catch {
    return undefined;
  }
}
