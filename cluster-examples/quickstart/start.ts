/** The quick start: makes a Git repository in a temporary place, runs it, and says what to try next. */

import { existsSync, readdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultServerUrl } from '../../cli/context.ts';
import { claimFolder } from '../../cli/dev/claim-folder.ts';
import { runDev } from '../../cli/dev/run-dev.ts';
import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import { lockDataDir } from '../../nodeagent/state/data-lock.ts';
import { assembleQuickstart, removeQuickstart, type QuickstartFolders } from './assemble.ts';

const { values } = parseArgs({
  options: {
    fresh: { type: 'boolean', default: false },
    folder: { type: 'string' },
    port: { type: 'string', default: '7400' },
    once: { type: 'boolean', default: false },
  },
});

const folder = values.folder ?? join(tmpdir(), `tarsier-quickstart-${userInfo().username}`);
try {
  claimFolder(folder, 'Choose another: npm start -- --folder FOLDER');
  if (values.fresh) {
    refuseWhileRunning(folder);
    removeQuickstart(folder);
  }
  const folders = await assembleQuickstart(folder);

  console.log(`${folders.isNew ? 'Made' : 'Found'} a Git repository: ${folders.repository}`);
  if (!folders.isNew) console.log('(kept with your edits; start over with: npm start -- --fresh)');
  await runDev({
    repository: folders.repository,
    packagesDir: folders.packages,
    dataDir: folders.data,
    port: Number(values.port),
    exitWhenReady: values.once,
    nextSteps: (url) => nextSteps(folders, url),
  });
} catch (error) {
  if (!isTarsierError(error)) throw error;
  console.error(`error[${error.code}]: ${error.message}\n  ${error.hint ?? ''}`.trimEnd());
  process.exitCode = 1;
}

/** Files that are taken away under a running fleet leave services that nobody can stop. */
function refuseWhileRunning(path: string): void {
  const nodes = join(path, 'data', 'nodes');
  for (const node of existsSync(nodes) ? readdirSync(nodes) : []) {
    try {
      lockDataDir(join(nodes, node)).release();
    } catch (cause) {
      throw new TarsierError('USAGE', `A quick start is running in ${path}.`, {
        hint: 'Stop it with Ctrl-C first, or start another one beside it: npm start -- --folder FOLDER --port 0',
        cause,
      });
    }
  }
}

function nextSteps({ repository }: QuickstartFolders, url: string): string {
  const tarsctl = url === defaultServerUrl ? 'npx tarsctl' : `npx tarsctl -s ${url}`;
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
