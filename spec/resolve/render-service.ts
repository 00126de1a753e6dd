/** What each instance of a service runs, and the scopes that the instances form. */

import type { ClusterDefaults } from '../../schemas/kinds.generated.ts';
import type {
  DesiredInstance,
  DesiredScope,
  Digest,
  InstanceRevision,
  RolloutSpec,
} from '../desired-state.ts';
import type { ObjectOf } from '../kind-of.ts';
import { digestOfRevision, digestOfScope } from './digest.ts';
import type { InstanceTexts, TextsByNode } from './instance-texts.ts';
import { parseDurationMs } from './parse-quantity.ts';
import type { Placed } from './place-service.ts';

type Hash = (text: string) => string;

export interface RenderInput {
  readonly object: ObjectOf<'Service'>;
  readonly placed: readonly Placed[];
  readonly defaults: ClusterDefaults;
  /** Without texts and SET. */
  readonly revision: InstanceRevision;
  readonly texts: TextsByNode;
  readonly hash: Hash;
}

/** One scope for each data centre that has an instance, sorted. */
export function renderScopes(input: RenderInput): readonly DesiredScope[] {
  const { object, placed, defaults, hash } = input;
  const rollout = rolloutOf(object, defaults);
  const { grouping } = object.value.spec;
  const byDataCenter = Map.groupBy(placed, ({ dataCenter }) => dataCenter);
  const revisionOf = digestRevisions(input);
  return [...byDataCenter.keys()].toSorted().map((dataCenter) => {
    const instances: DesiredInstance[] = [];
    const revisions: Record<Digest, InstanceRevision> = {};
    for (const { name: node, set } of byDataCenter.get(dataCenter) ?? []) {
      const { digest, revision } = revisionOf(node, set);
      revisions[digest] = revision;
      instances.push({ instance: `${object.name}@${node}`, node, revision: digest });
    }
    const scope = {
      scope: `${dataCenter}/${object.name}`,
      service: object.name,
      dataCenter,
      state: object.value.spec.state,
      revisions,
      instances,
      rollout,
      labels: object.value.metadata.labels,
      ...(grouping !== undefined && { grouping }),
    };
    const origin = { path: object.path, line: object.line };
    return { ...scope, digest: digestOfScope(scope, hash), origin };
  });
}

interface DigestedRevision {
  readonly digest: Digest;
  readonly revision: InstanceRevision;
}

const noTexts: InstanceTexts = { files: [] };

/** Nodes of one SET with the same texts share one revision, which is digested once. */
function digestRevisions({ revision, texts, hash }: RenderInput) {
  const known = new Map<InstanceTexts, Map<string | undefined, DigestedRevision>>();
  return (node: string, set: string | undefined): DigestedRevision => {
    const own = texts.get(node) ?? texts.get(undefined) ?? noTexts;
    const bySet = known.get(own) ?? new Map<string | undefined, DigestedRevision>();
    known.set(own, bySet);
    let digested = bySet.get(set);
    if (digested === undefined) {
      const rendered = { ...revision, ...(set !== undefined && { set }), ...own };
      digested = { digest: digestOfRevision(rendered, hash), revision: rendered };
      bySet.set(set, digested);
    }
    return digested;
  };
}

function rolloutOf({ value }: ObjectOf<'Service'>, { rollout }: ClusterDefaults): RolloutSpec {
  const own = value.spec.rollout;
  return {
    strategy: own.strategy ?? rollout.strategy,
    batch: own.batch ?? rollout.batch,
    maxUnavailable: own.maxUnavailable ?? rollout.maxUnavailable,
    progressDeadlineMs: parseDurationMs(own.progressDeadline ?? rollout.progressDeadline),
  };
}
