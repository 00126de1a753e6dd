/** What each instance of a service runs, and the scopes that the instances form. */

import type { ClusterDefaults } from '../../schemas/kinds.generated.ts';
import type {
  DesiredInstance,
  DesiredScope,
  Digest,
  InstanceRevision,
  RenderedFile,
  RolloutSpec,
} from '../desired-state.ts';
import type { ObjectOf } from '../kind-of.ts';
import { digestOfRevision, digestOfScope } from './digest.ts';
import { parseDurationMs } from './parse-quantity.ts';
import type { Placed } from './place-service.ts';

type Hash = (text: string) => string;

/** Files of the nodes that have their own, and of all the others under `undefined`. */
export type FilesByNode = ReadonlyMap<string | undefined, readonly RenderedFile[]>;

export interface RenderInput {
  readonly object: ObjectOf<'Service'>;
  readonly placed: readonly Placed[];
  readonly defaults: ClusterDefaults;
  /** Without files and SET. */
  readonly revision: InstanceRevision;
  readonly files: FilesByNode;
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

/** Nodes of one SET without files of their own share one revision, which is digested once. */
function digestRevisions({ revision, files, hash }: RenderInput) {
  const known = new Map<string, DigestedRevision>();
  return (node: string, set: string | undefined): DigestedRevision => {
    const owner = files.has(node) ? node : undefined;
    const key = `${owner ?? ''} ${set ?? ''}`;
    let digested = known.get(key);
    if (digested === undefined) {
      const inSet = set === undefined ? revision : { ...revision, set };
      const rendered = { ...inSet, files: files.get(owner) ?? [] };
      digested = { digest: digestOfRevision(rendered, hash), revision: rendered };
      known.set(key, digested);
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
