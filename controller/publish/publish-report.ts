/** What `upload_and_publish` answers: lines of text that build scripts print (tars-contract §8.4). */

import type { InstanceProgress } from './release-progress.ts';

export interface PublishReport {
  /** Names the task: the commit that releases the version. */
  readonly task: string;
  readonly progress: readonly InstanceProgress[];
  /** What is to be done next, when it did not end well. */
  readonly remark?: string;
}

const rule = '-'.repeat(48);

export function renderPublishReport({ task, progress, remark }: PublishReport): string {
  const lines = [
    ...progress.map(({ node }, index) => `patch serverId: ${index + 1}, node_name: ${node}`),
    rule,
    `task no:  [${task}]`,
    ...progress.map(({ node, state, log }) => `${node} ${state} ${oneLine(log)}`),
    ...(remark === undefined ? [] : [remark]),
  ];
  return `${lines.join('\n')}\n`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}
