import { expect, it } from 'vitest';
import { renderPublishReport } from '../../../controller/publish/publish-report.ts';

it('names the nodes, then the task, then what came of each node', () => {
  const report = renderPublishReport({
    task: '4f3c',
    progress: [
      { node: 'sz-1', state: 'success', log: '2.0 is running' },
      { node: 'sz-2', state: 'failed', log: 'Exited with 1:\n  no port' },
    ],
    remark: 'look at it with: tarsctl why Shop.CartServer',
  });
  expect(report).toBe(`patch serverId: 1, node_name: sz-1
patch serverId: 2, node_name: sz-2
------------------------------------------------
task no:  [4f3c]
sz-1 success 2.0 is running
sz-2 failed Exited with 1: no port
look at it with: tarsctl why Shop.CartServer
`);
});
