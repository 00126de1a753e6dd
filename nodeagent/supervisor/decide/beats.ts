/** Who of a service was heard when, and who has been silent for too long: values only, with the time among them. */

import type { TimeMs } from '../../../registry/model.ts';

/** The name that a beat for every adapter carries. */
export const everyAdapter = '';

export interface Heard {
  /** Latest beat, by name of the adapter. */
  readonly beats: ReadonlyMap<string, TimeMs>;
  /** Latest answer to a question of ours, by name of the adapter. */
  readonly answers: ReadonlyMap<string, TimeMs>;
  /** The service says that it is still getting ready. */
  readonly activatingAt?: TimeMs;
  /** Silence before this is nobody's fault: there was no agent, it did not get to run, or its port was closed. */
  readonly listensSince: TimeMs;
  readonly lookedAt: TimeMs;
}

/** Libraries say every 5 s that they are still getting ready: two may be lost. */
export const activatingSilenceMs = 11_000;
/** An agent that looks less often than this was stopped itself. */
const LOOK_GAP_MS = 10_000;

/** What an earlier agent heard counts as heard now. */
export function startListening(
  now: TimeMs,
  before: { readonly beats?: readonly string[]; readonly answers?: readonly string[] } = {},
): Heard {
  const mapOf = (names: readonly string[] = []): ReadonlyMap<string, TimeMs> =>
    new Map(names.map((name) => [name, now]));
  return {
    beats: mapOf(before.beats),
    answers: mapOf(before.answers),
    listensSince: now,
    lookedAt: now,
  };
}

export function hearBeat(heard: Heard, adapter: string, now: TimeMs): Heard {
  return { ...heard, beats: new Map(heard.beats).set(adapter, now) };
}

export function hearAnswer(heard: Heard, adapter: string, now: TimeMs): Heard {
  return { ...heard, answers: new Map(heard.answers).set(adapter, now) };
}

export function hearActivating(heard: Heard, now: TimeMs): Heard {
  return { ...heard, activatingAt: now };
}

/**
 * To be called at every look, so that time in which the agent did not run is noticed. `isDeaf`: the
 * port at which services report is closed.
 */
export function lookAt(heard: Heard, now: TimeMs, isDeaf = false): Heard {
  const wasAway = now - heard.lookedAt > LOOK_GAP_MS;
  return { ...heard, lookedAt: now, listensSince: wasAway || isDeaf ? now : heard.listensSince };
}

/** Only a library that tells its adapters apart speaks for each of them. */
export function namesAdapters(heard: Heard): boolean {
  return [...heard.beats.keys()].some((name) => name !== everyAdapter);
}

export function isActivating(heard: Heard, now: TimeMs): boolean {
  const { activatingAt, beats } = heard;
  if (activatingAt === undefined || beats.size > 0) return false;
  return now - activatingAt <= activatingSilenceMs;
}

export interface Silence {
  /** Empty for a service that only speaks for all of its adapters. */
  readonly adapter: string;
  readonly silentMs: number;
  readonly kind: 'beat' | 'answer';
}

export interface SilenceQuestion {
  /** Adapters that were listening when the service became ready. */
  readonly listening: readonly string[];
  readonly timeoutMs: number;
  readonly now: TimeMs;
}

/**
 * The adapter that is silent for longest, if that is too long. What was never heard is never
 * silent; once one adapter speaks for itself, every adapter that listens has to.
 */
export function findSilence(heard: Heard, question: SilenceQuestion): Silence | undefined {
  const { timeoutMs, now } = question;
  const silences = [...beatSilences(heard, question), ...answerSilences(heard, now)];
  const longest = silences.toSorted((left, right) => right.silentMs - left.silentMs)[0];
  return longest !== undefined && longest.silentMs > timeoutMs ? longest : undefined;
}

function beatSilences(heard: Heard, { listening, now }: SilenceQuestion): readonly Silence[] {
  const { answers, beats, listensSince } = heard;
  if (beats.size === 0) return [];
  const forAll = beats.get(everyAdapter) ?? listensSince;
  const names = namesAdapters(heard)
    ? new Set([...beats.keys(), ...listening].filter((name) => name !== everyAdapter))
    : [everyAdapter];
  return [...names].map((adapter) => {
    const own = Math.max(beats.get(adapter) ?? 0, answers.get(adapter) ?? 0);
    const heardAt = Math.max(own, forAll, listensSince);
    return { adapter, silentMs: now - heardAt, kind: 'beat' };
  });
}

/** A service that names its adapters is not asked, so that its answers are old. */
function answerSilences(heard: Heard, now: TimeMs): readonly Silence[] {
  if (namesAdapters(heard)) return [];
  return [...heard.answers].map(([adapter, at]) => {
    const silentMs = now - Math.max(at, heard.listensSince);
    return { adapter, silentMs, kind: 'answer' };
  });
}
