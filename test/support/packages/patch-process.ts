/**
 * One role of the package path as a process that can be killed: `server <dataDir> <port>`,
 * `push <url> <token> <request as JSON>`, `install <url> <token> <dataDir> <request as JSON>`.
 * Prints one JSON object per line; the last one of a client has its outcome and peak memory.
 */

import { patchContentPath } from '../../../link/packages/patch-api.ts';

const [role, ...args] = process.argv.slice(2);
const [first = '', second = '', third = '', fourth = ''] = args;

function say(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function serve(dataDir: string, port: number): Promise<void> {
  const { startPatchServer } = await import('./patch-server.ts');
  const server = await startPatchServer(dataDir, { port });
  say({ url: server.url, publish: server.tokens.publish, agent: server.tokens.agent });
}

async function push(serverUrl: string, publishToken: string, request: string): Promise<void> {
  const { PatchClient } = await import('../../../sdk/typescript/patch-client.ts');
  const { pushPackage } = await import('../../../sdk/typescript/push-package.ts');
  const client = new PatchClient({ serverUrl, publishToken });
  const outcome = await pushPackage(client, JSON.parse(request), {
    onProgress: ({ sentBytes }) => say({ sentBytes }),
  });
  say({ done: true, ...outcome, maxRssKb: process.resourceUsage().maxRSS });
}

async function install(
  serverUrl: string,
  token: string,
  dataDir: string,
  request: string,
): Promise<void> {
  const { httpPackageSource } = await import('../../../nodeagent/release/package-source.ts');
  const { ReleaseStore } = await import('../../../nodeagent/release/release-store.ts');
  const source = httpPackageSource({
    contentUrl: () => serverUrl + patchContentPath,
    token: () => token,
  });
  const store = await ReleaseStore.open({ dataDir, source, now: () => Date.now() });
  const wanted = JSON.parse(request);
  const installed = await store.install(wanted, { onProgress: (progress) => say({ ...progress }) });
  await store.switchCurrent(wanted.service, installed.path);
  say({ done: true, ...installed, maxRssKb: process.resourceUsage().maxRSS });
}

async function main(): Promise<void> {
  if (role === 'server') await serve(first, Number(second));
  else if (role === 'push') await push(first, second, third);
  else await install(first, second, third, fourth);
}

main().catch((error: Error & { code?: string }) => {
  say({ failed: true, code: error.code, message: error.message });
  process.exitCode = 1;
});
