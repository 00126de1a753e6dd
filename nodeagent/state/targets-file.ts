/** The last known targets on disk: what the agent brings about when no controller answers. */

import type { NodeFacts } from '../../link/messages/messages.ts';
import type { InstanceTarget } from '../../registry/model.ts';
import { readStateFile, writeStateFile, type StateFileContent } from './state-file.ts';

const FORMAT = 'targets-1';
const FACTS_FORMAT = 'node-facts-1';

export interface TargetSet {
  /** Registry sequence; 0 when nothing was ever received. */
  readonly revision: number;
  /** Identity of the registry that the revision is of, if it said so. */
  readonly registryId?: string;
  readonly nodeFacts?: NodeFacts;
  readonly targets: readonly InstanceTarget[];
}

export function readTargets(path: string): StateFileContent<TargetSet> {
  return readStateFile<TargetSet>(path, FORMAT);
}

/** On return the set is on the disk. */
export function writeTargets(path: string, set: TargetSet): void {
  writeStateFile(path, FORMAT, set);
}

/** Beside the targets, so that damage to these does not take the node's own address with it. */
export function readFacts(path: string): NodeFacts | undefined {
  const content = readStateFile<NodeFacts>(path, FACTS_FORMAT);
  return content.kind === 'value' ? content.value : undefined;
}

export function writeFacts(path: string, facts: NodeFacts): void {
  writeStateFile(path, FACTS_FORMAT, facts);
}
