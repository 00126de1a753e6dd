/** The quick start: makes a Git repository in a temporary place, runs it, and says what to try next. */

import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runDev } from '../../cli/dev/run-dev.ts';
import { assembleQuickstart, type QuickstartFolders } from './assemble.ts';

const { values } = parseArgs({
  options: {
    fresh: { type: 'boolean', default: false },
    folder: { type: 'string' },
    port: { type: 'string', default: '7400' },
    once: { type: 'boolean', default: false },
  },
});

const folder = values.folder ?? join(tmpdir(), `tarsier-quickstart-${userInfo().username}`);
claimFolder(folder);
if (values.fresh) rmSync(folder, { recursive: true, force: true });
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

/** A folder of a shared temporary place is only used when it is ours alone. */
function claimFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(path);
  const mine = process.getuid?.() ?? uid;
  if (uid !== mine || lstatSync(path).isSymbolicLink()) {
    console.error(`${path} belongs to somebody else. Choose another: npm start -- --folder FOLDER`);
    process.exit(1);
  }
  chmodSync(path, 0o700);
}

function nextSteps({ repository }: QuickstartFolders, url: string): string {
  return `
Where to look
  the repository      ${repository}
  status              npx tarsctl status            (or: curl -H 'Accept: text/plain' ${url}/api/v1/status)
  one service         npx tarsctl describe service Demo.WebServer
  output              npx tarsctl logs -f Demo.WebServer@home-1

Three things to try, in another terminal, from this folder
  1. Release 1.1.0: one instance after the other is replaced, about a second after the commit.
       cd ${repository}
       sed -i 's/version: "1.0.0"/version: "1.1.0"/' services/web.yaml && git commit -am "Release web 1.1.0"
  2. Break something: you are told what, where and why, and everything else stays as it is.
       sed -i 's/monitor:/moniter:/' services/web.yaml && git commit -am "A typo"
       git revert --no-edit HEAD
  3. Kill a process: it is back within a second, once.
       pkill -f 'server.js --port'; npx tarsctl events

Stop everything with Ctrl-C.
`;
}
