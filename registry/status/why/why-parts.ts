/** Facts that several answers share: the source, the package, the fault behind a held object. */

import type { HeldObject } from '../../../spec/desired-state.ts';
import type { ScopeRecord } from '../../model.ts';
import { placeOf } from '../problems.ts';
import { formatAgo } from '../render/format-time.ts';
import { packageText, personName, shortCommit } from '../render/words.ts';
import type { FaultResource, InstanceResource, WhyFact } from '../resources.ts';
import { sourceView } from '../source-view.ts';
import type { StatusInput } from '../status-input.ts';
import { asSentence, sinceText, withNextTry } from '../render/sentences.ts';

export function sourceFact(input: StatusInput): WhyFact {
  const source = sourceView(input);
  const bad = source.conditions.find(({ status, reason }) => {
    return status !== 'True' && reason !== 'ObjectsHeld';
  });
  const looked =
    source.lastLookAt === undefined
      ? 'never looked at'
      : `looked at ${formatAgo(source.lastLookAt, input.now)}`;
  if (bad === undefined) return { mark: 'ok', label: 'source', text: `fresh, ${looked}` };
  return { mark: 'bad', label: 'source', text: `${bad.reason}, ${looked}: ${bad.message}` };
}

/** The package that Git asks for; none for services that run a program of the machine. */
export function packageFacts(
  input: StatusInput,
  record: ScopeRecord | undefined,
): readonly WhyFact[] {
  const [content] = Object.values(record?.desired.revisions ?? {});
  if (content?.release === undefined) return [];
  const { package: name, version, digest } = content.release;
  const stored = input.facts.packages.find(name, version, digest);
  if (stored === undefined) {
    const { targets } = input.state;
    const isWanted = record?.desired.instances.some(
      ({ instance, revision }) => targets.get(instance)?.revision !== revision,
    );
    if (isWanted !== true) {
      const text = `${name} ${version} is not in the store any more; all instances have it already`;
      return [{ mark: 'info', label: 'package', text }];
    }
    const text = input.facts.packages.explainMissing(name, version, digest);
    return [{ mark: 'bad', label: 'package', text }];
  }
  const text = `${name} ${packageText(version, stored.digest)} is in the store`;
  return [{ mark: 'ok', label: 'package', text }];
}

/** The fault that holds an object, with its place; of the object it waits for when it has none. */
export function faultsBehind(
  input: StatusInput,
  held: HeldObject | undefined,
): readonly FaultResource[] {
  if (held === undefined) return [];
  const owner = held.because ?? held.object;
  return input.facts.faults.filter(
    ({ object }) => object?.kind === owner.kind && object.name === owner.name,
  );
}

export function faultFacts(faults: readonly FaultResource[]): readonly WhyFact[] {
  return faults.slice(0, 5).map((fault) => {
    const suggestion = fault.suggestion === undefined ? '' : `; ${fault.suggestion}`;
    const text = `${placeOf(fault)} ${fault.code}: ${fault.message}${suggestion}`;
    return { mark: 'bad' as const, label: 'fault', text };
  });
}

export function commitText(input: StatusInput, commit: string): string {
  const { source } = input.state;
  const branch = input.facts.source?.branch;
  const name = branch === undefined ? shortCommit(commit) : `${branch}@${shortCommit(commit)}`;
  if (source?.commit !== commit) return name;
  return `${name} "${source.subject}" by ${personName(source.author)}, ${formatAgo(source.committedAt, input.now)}`;
}

const marks: Readonly<Record<InstanceResource['health'], WhyFact['mark']>> = {
  Healthy: 'ok',
  Stopped: 'ok',
  Progressing: 'wait',
  Unhealthy: 'bad',
  Unknown: 'bad',
};

export function instanceFact(instance: InstanceResource, now: number): WhyFact {
  const since = sinceText(instance.since, now);
  const word =
    instance.evidenceAt === undefined
      ? ' Never heard of.'
      : ` Last word ${formatAgo(instance.evidenceAt, now)}.`;
  return {
    mark: marks[instance.health],
    label: instance.id,
    text: `${instance.reason}${since}: ${asSentence(withNextTry(instance, now))}${word}`,
  };
}

/** A pinned digest that differs is no matter of pushing: the message says what to do. */
function packageSteps({ message }: InstanceResource, from: string): readonly string[] {
  const command = /tarsctl patch push .*?(?=\.?$)/.exec(message)?.[0];
  return command === undefined ? [`edit ${from}, commit and push`] : [command];
}

/** What to type or write next, for the reason an instance gives. */
export function nextForInstance(instance: InstanceResource, from: string): readonly string[] {
  const { reason, id, node, commit, health } = instance;
  if (reason === 'PackageMissing') return packageSteps(instance, from);
  if (reason === 'NodeLost' || reason === 'EvidenceStale') return [`tarsctl why ${node}`];
  if (reason === 'NodeNeverSeen') return [`on ${node}: tarsctl agent --node ${node}`];
  if (health !== 'Unhealthy') return [];
  const steps = [`tarsctl logs ${id}`];
  if (from !== '') steps.push(`edit ${from}, commit and push`);
  if (commit !== undefined && commit !== '') steps.push(`git revert ${shortCommit(commit)}`);
  return steps;
}
