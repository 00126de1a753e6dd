/** The quick start: makes a Git repository in a temporary place, runs it, and says what to try next. */

import { join } from 'node:path';
import type { ExampleFolders } from '../assemble.ts';
import { runExample, type RunningController } from '../run-example.ts';

await runExample({
  name: 'quickstart',
  author: 'Quick start',
  firstCommit: 'Start the quick start fleet',
  command: 'npm start',
  nextSteps,
});

function nextSteps(
  { repository }: ExampleFolders,
  { url }: RunningController,
  tarsctl: string,
): string {
  const web = join(repository, 'services', 'web.yaml');
  return `
Where to look, in another terminal, from this folder
  the repository   ${repository}
  everything       ${tarsctl} status
  one service      ${tarsctl} describe service Demo.WebServer
  its output       ${tarsctl} logs -f Demo.WebServer
  over HTTP        curl -H 'Accept: text/plain' ${url}/api/v1/status

Three things to try
  1. Release 1.1.0. About a second after the commit, one instance after the other is replaced.
       sed -i 's/"1.0.0"/"1.1.0"/' ${web}
       git -C ${repository} commit -am "Release web 1.1.0"
  2. Break something. You are told what, where and why; everything else stays as it is.
       sed -i 's/monitor:/moniter:/' ${web}
       git -C ${repository} commit -am "A typo"
       git -C ${repository} revert --no-edit HEAD
  3. Kill a process. It is back within a second, once.
       pkill -f 'server.js --port'; ${tarsctl} events

Stop everything with Ctrl-C.
`;
}
