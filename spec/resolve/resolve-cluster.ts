/** Fleet-wide settings: the one Cluster object, or the defaults when there is none. */

import clusterSchema from '../../schemas/cluster.schema.json' with { type: 'json' };
import type { ClusterDefaults, ClusterSpec } from '../../schemas/kinds.generated.ts';
import type { JsonSchema } from '../../schemas/json-schema.ts';
import type { DesiredCluster } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { encodeCanonical } from './digest.ts';
import { placeOf, refOf, type Hold } from './outcome.ts';
import type { RepositoryIndex } from './repository-index.ts';

export interface ClusterStage {
  readonly object: ObjectOf<'Cluster'> | undefined;
  readonly cluster: DesiredCluster;
  /** Keeps its identity while its content is the same. */
  readonly defaults: ClusterDefaults;
  readonly defaultsText: string;
  /** Set when no Cluster can be trusted: every service waits. */
  readonly hold: Hold | undefined;
  readonly faults: readonly Fault[];
}

/** A repository without a Cluster object gets the defaults of its schema under this name. */
const implicitName = 'default';

export function resolveCluster(
  index: RepositoryIndex,
  previous: ClusterStage | undefined,
): ClusterStage {
  const { object, hold, faults } = chooseCluster(index);
  if (previous !== undefined && previous.object === object && object !== undefined) {
    if (hold === undefined && previous.hold === undefined) return previous;
  }
  const spec = object?.value.spec ?? (defaultsOf(clusterSchema.properties.spec) as ClusterSpec);
  const defaultsText = encodeCanonical(spec.defaults);
  const sameDefaults = previous?.defaultsText === defaultsText;
  const name = object?.name ?? implicitName;
  const origin = object && { path: object.path, line: object.line };
  return {
    object,
    cluster: { name, deletionBrake: spec.deletionBrake, ...(origin && { origin }) },
    defaults: sameDefaults ? previous.defaults : spec.defaults,
    defaultsText,
    hold,
    faults,
  };
}

type Choice = Pick<ClusterStage, 'object' | 'hold' | 'faults'>;

function chooseCluster({ clusters, trouble }: RepositoryIndex): Choice {
  const { broken, holds } = trouble;
  const damaged = broken.find(({ kind }) => kind === 'Cluster');
  const [first, second] = clusters;
  if (first !== undefined && second !== undefined) {
    const fault = secondCluster(clusters, first, second);
    const hold = { code: fault.code, message: fault.message, root: refOf(first) };
    return { object: undefined, hold, faults: [fault] };
  }
  if (damaged !== undefined) {
    return { object: undefined, hold: holds.get(`Cluster/${damaged.name}`), faults: [] };
  }
  return { object: first, hold: undefined, faults: [] };
}

function secondCluster(
  clusters: readonly ObjectOf<'Cluster'>[],
  first: ObjectOf<'Cluster'>,
  second: ObjectOf<'Cluster'>,
): Fault {
  const others = clusters.filter((cluster) => cluster !== second);
  return {
    code: 'SPEC_SECOND_CLUSTER',
    severity: 'error',
    message: `a repository has one Cluster, this one has ${clusters.length}`,
    place: placeOf(second, '/kind'),
    object: refOf(first),
    hint: 'keep one of them; until then no service changes',
    related: others.map((cluster) => ({
      place: placeOf(cluster, '/kind'),
      message: `Cluster ${cluster.name} is here`,
    })),
  };
}

/** What a schema fills in where nothing is written. */
function defaultsOf(schema: JsonSchema): unknown {
  if (schema.type !== 'object' || schema.properties === undefined) return schema.default;
  const entries = Object.entries(schema.properties)
    .map(([key, property]) => [key, defaultsOf(property)] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}
