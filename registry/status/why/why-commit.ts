/** Why a commit is not in force, or how far it got. */

import { isFine } from '../is-fine.ts';
import { formatAgo } from '../render/format-time.ts';
import { counted } from '../../../spec/wording/counted.ts';
import { personName, shortCommit } from '../render/words.ts';
import type { ServiceResource, WhyFact, WhyResource } from '../resources.ts';
import { serviceView } from '../service-view.ts';
import { sourceView } from '../source-view.ts';
import type { StatusInput } from '../status-input.ts';
import { faultFacts, sourceFact } from './why-parts.ts';
import { whySource } from './why-source.ts';

const servicesMax = 12;

/** `name`: a commit id of at least 7 hexadecimal digits. */
export function whyCommit(input: StatusInput, name: string): WhyResource | undefined {
  if (!/^[0-9a-f]{7,64}$/.test(name)) return undefined;
  const { source } = input.state;
  const services = [...input.state.scopes.values()]
    .filter(({ commit }) => commit.startsWith(name))
    .flatMap(({ desired }) => serviceView(input, desired.scope) ?? []);
  if (source !== undefined && source.commit.startsWith(name)) {
    return source.inForceCommit.startsWith(name)
      ? inForce(input, name, services)
      : { ...whySource(input), kind: 'commit', name, verdict: 'NOT IN FORCE' };
  }
  return services.length > 0 ? partOfIt(input, name, services) : notSeen(input, name);
}

function inForce(
  input: StatusInput,
  name: string,
  services: readonly ServiceResource[],
): WhyResource {
  const { source } = input.state;
  const open = services.filter((service) => !isFine(service));
  const held = source?.held ?? [];
  const fine = open.length === 0 && held.length === 0;
  const share = `${services.length - open.length} of ${services.length} services that it changed are done`;
  const message = services.length === 0 ? 'It changes no service.' : `${share}.`;
  const heldText = held.length === 0 ? '' : ` ${counted(held.length, 'object')} held by faults.`;
  return {
    kind: 'commit',
    name,
    fine,
    verdict: fine ? 'IN FORCE' : held.length > 0 ? 'PARTLY IN FORCE' : 'IN FORCE, NOT DONE',
    reason: held.length > 0 ? 'ObjectsHeld' : open.length > 0 ? 'RollingOut' : 'Applied',
    message: message + heldText,
    ...(source !== undefined && { since: source.appliedAt }),
    facts: [
      ...saidFacts(input),
      ...serviceFacts(services),
      ...faultFacts(input.facts.faults),
      sourceFact(input),
    ],
    next: [
      ...open.slice(0, 3).map(({ scope }) => `tarsctl why ${scope}`),
      ...(held.length > 0 ? ['tarsctl why source'] : []),
    ],
  };
}

function saidFacts({ state: { source }, now }: StatusInput): readonly WhyFact[] {
  if (source === undefined) return [];
  const { subject, author, committedAt } = source;
  const text = `"${subject}" by ${personName(author)}, ${formatAgo(committedAt, now)}`;
  return [{ mark: 'info', label: 'commit', text }];
}

/** Those that are not done first. */
function serviceFacts(services: readonly ServiceResource[]): readonly WhyFact[] {
  return services
    .toSorted((left, right) => Number(isFine(left)) - Number(isFine(right)))
    .slice(0, servicesMax)
    .map((service) => {
      const { scope, sync, health, rollout, instances } = service;
      const text = `${sync}, ${health}, ${rollout}, ${instances.current} of ${instances.total} instances`;
      const mark = isFine(service) ? 'ok' : rollout === 'Rolling' ? 'wait' : 'bad';
      return { mark, label: scope, text };
    });
}

/** An older commit that is still what some services run by. */
function partOfIt(
  input: StatusInput,
  name: string,
  services: readonly ServiceResource[],
): WhyResource {
  const now = input.state.source?.inForceCommit ?? '';
  return {
    kind: 'commit',
    name,
    fine: services.every(isFine),
    verdict: 'IN FORCE, WITH LATER ONES',
    reason: 'Superseded',
    message: `It is the last change of ${services.length} services; ${shortCommit(now)} is in force for the whole.`,
    facts: [...serviceFacts(services), sourceFact(input)],
    next: services.filter((service) => !isFine(service)).map(({ scope }) => `tarsctl why ${scope}`),
  };
}

function notSeen(input: StatusInput, name: string): WhyResource {
  const view = sourceView(input);
  const last = view.commit === undefined ? 'no commit' : shortCommit(view.commit);
  return {
    kind: 'commit',
    name,
    fine: false,
    verdict: 'NOT THE LAST COMMIT SEEN',
    reason: 'NotSeen',
    message: `The last commit seen on ${view.branch || 'the branch'} is ${last}. Either ${shortCommit(name)} is older and was followed by others, or it was not pushed to that branch.`,
    ...(view.lastLookAt !== undefined && { evidenceAt: view.lastLookAt }),
    facts: [sourceFact(input)],
    next: [
      `git branch --remotes --contains ${shortCommit(name)}`,
      ...(view.commit === undefined ? [] : [`git log --oneline ${shortCommit(name)}..${last}`]),
    ],
  };
}
