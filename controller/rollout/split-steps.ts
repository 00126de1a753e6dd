/** Splits many steps into commands of a size that a log takes well. */

import type { InstanceTarget } from '../../registry/model.ts';
import type { InstanceRevision } from '../../spec/desired-state.ts';
import type { Steps } from './steps.ts';

const targetsPerCommandMax = 500;
/** One target may exceed it. */
const charactersPerCommandMax = 1024 * 1024;

export function splitSteps(steps: readonly Steps[]): readonly Steps[] {
  const commands: { upsert: InstanceTarget[]; remove: string[] }[] = [];
  let current = { upsert: [] as InstanceTarget[], remove: [] as string[] };
  let characters = 0;
  let revisions = new Set<string>();
  const close = () => {
    if (current.upsert.length + current.remove.length > 0) commands.push(current);
    current = { upsert: [], remove: [] };
    characters = 0;
    revisions = new Set();
  };
  const closeIfFull = () => {
    const targets = current.upsert.length + current.remove.length;
    if (targets >= targetsPerCommandMax || characters >= charactersPerCommandMax) close();
  };
  for (const { upsert, remove } of steps) {
    for (const target of upsert) {
      closeIfFull();
      current.upsert.push(target);
      // A command holds the content of each revision once.
      if (!revisions.has(target.revision)) characters += charactersOf(target.content);
      revisions.add(target.revision);
    }
    for (const instance of remove) {
      closeIfFull();
      current.remove.push(instance);
    }
  }
  close();
  return commands;
}

function charactersOf({ files, template }: InstanceRevision): number {
  const inFiles = files.reduce((sum, { content }) => sum + content.length, 0);
  return inFiles + (template?.length ?? 0) + 2_048;
}
