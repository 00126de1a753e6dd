/** Build scripts upload a package with curl; a commit releases it, and the reply says how it went. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startController, type Controller } from '../../../controller/main.ts';
import type { PublishMode } from '../../../controller/publish/publish-package.ts';
import { startAgent } from '../../../nodeagent/main.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { oneNodeFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const logger = pino({ level: 'silent' });

const cart = `apiVersion: tarsier/v1
kind: Service
metadata: { name: Shop.CartServer }
spec:
  type: process
  release:
    package: Shop.CartServer
    version: "0"   # set by the build
  placement: [{ nodes: [n1] }]
  run: { start: exec sh ./run.sh }
`;

interface Lab {
  readonly controller: Controller;
  readonly bare: TestRepository;
  readonly work: TestRepository;
  /** Runs curl as the build scripts do; returns what it prints. */
  upload(options?: UploadOptions): Promise<string>;
}

interface UploadOptions {
  readonly script?: string;
  readonly ticket?: string;
  readonly service?: string;
  readonly withFile?: boolean;
  readonly restart?: string;
  /** In place of the archive that the script is packed into. */
  readonly file?: { readonly name: string; readonly content: string };
}

async function openLab(publish: PublishMode): Promise<Lab> {
  const folder = temporaryFolder();
  const work = new TestRepository(join(folder, 'work'));
  work.commitFiles({ 'fleet.yaml': oneNodeFile, 'services/cart.yaml': cart });
  const bare = new TestRepository(join(folder, 'fleet.git'), ['--bare']);
  work.git('remote', 'add', 'origin', bare.folder);
  work.git('push', '--quiet', 'origin', 'main');
  const controller = await startController({
    dataDir: join(folder, 'controller'),
    version: 'test',
    listen: { host: '127.0.0.1', port: 0 },
    source: { url: bare.folder, pollMs: 500 },
    publish,
    logger,
  });
  onTestFinished(() => controller.close());
  const agent = await startAgent({
    node: 'n1',
    controllerUrls: [controller.url],
    token: controller.readToken('agent'),
    dataDir: join(folder, 'agent'),
    logger,
  });
  onTestFinished(() => agent.close({ stopServices: true }));
  await eventually(
    () => controller.registry.state.scopes.size === 1,
    () => JSON.stringify(controller.pipeline.faults.current),
  );
  let uploads = 0;
  const upload = async ({
    script = 'exec sleep 1000',
    ticket = controller.readToken('publish'),
    service = 'Shop.CartServer',
    withFile = true,
    file,
    restart,
  }: UploadOptions = {}): Promise<string> => {
    uploads += 1;
    const build = join(folder, `build${uploads}`);
    mkdirSync(join(build, 'CartServer'), { recursive: true });
    writeFileSync(join(build, 'CartServer', 'run.sh'), `${script}\n`);
    const archive = join(build, 'CartServer.tgz');
    execFileSync('tar', ['--mtime=@0', '-czf', archive, '-C', join(build, 'CartServer'), '.']);
    const form = new FormData();
    const [application = '', server = ''] = service.split('.');
    const content = file?.content ?? readBytes(archive);
    if (withFile) form.append('suse', new Blob([content]), file?.name ?? 'CartServer.tgz');
    form.append('application', application);
    form.append('module_name', server);
    form.append('comment', 'built\0 by\u001B a test');
    if (restart !== undefined) form.append('restart', restart);
    const url = `${controller.url}/api/upload_and_publish?ticket=${ticket}`;
    const response = await fetch(url, { method: 'POST', body: form });
    return `${response.status} ${await response.text()}`;
  };
  return { controller, bare, work, upload };
}

function readBytes(path: string): Buffer<ArrayBuffer> {
  return Buffer.from(execFileSync('cat', [path]));
}

describe('an uploaded package', () => {
  it('is committed, released, and waited for', async () => {
    const { bare, upload, work } = await openLab('commit');
    const answer = await upload();
    expect(answer).toMatch(
      /^200 patch serverId: 1, node_name: n1\n-+\ntask no: {2}\[[0-9a-f]{40}\]\nn1 success \d{8}\.\d{6}-[0-9a-f]{8} is running\n$/,
    );
    const [, version] = /n1 success (\S+)/.exec(answer) ?? [];
    expect(bare.git('show', 'main:services/cart.yaml')).toBe(
      cart.replace('"0"', `"${version}"`).trim(),
    );
    expect(bare.git('log', '-1', '--format=%an: %B', 'main')).toBe(
      `Tarsier: Release Shop.CartServer ${version}\n\nbuilt by a test`,
    );

    // The same bytes again: one version, no commit.
    const head = bare.head('main');
    expect(await upload()).toContain(`n1 success ${version} is running`);
    expect(bare.head('main')).toBe(head);

    // Somebody else pushed meanwhile: the release goes on top of that.
    work.git('pull', '--quiet', '--rebase', 'origin', 'main');
    work.commitFiles({ 'README.md': 'hello' });
    work.git('push', '--quiet', 'origin', 'main');
    expect(await upload({ script: 'exec sleep 2000' })).toContain('n1 success');
    expect(bare.git('show', 'main:README.md')).toBe('hello');
  });

  it('that does not stay up is told as failed, and how to go on', async () => {
    const { upload } = await openLab('commit');
    const answer = await upload({ script: 'echo no database; exit 3' });
    expect(answer).toMatch(/\nn1 failed .*\nlook at it with: tarsctl why Shop\.CartServer\n$/);
  });

  it('is pushed on a branch of its own for a pull request', async () => {
    const { bare, upload } = await openLab('branch');
    const before = bare.head('main');
    const answer = await upload();
    const [, branch = ''] = /branch (\S+) was pushed/.exec(answer) ?? [];
    expect(branch).toMatch(/^release\/Shop\.CartServer\/\d/);
    expect(bare.git('log', '--format=%s', `main..${branch}`)).toMatch(/^Release Shop\.CartServer /);
    expect(bare.head('main')).toBe(before);
  });

  it('is only stored when the operator wants no more', async () => {
    const { bare, controller, upload } = await openLab('store');
    const before = bare.head('main');
    expect(await upload()).toMatch(/^200 stored as Shop\.CartServer \S+; not released: set /);
    expect(bare.head('main')).toBe(before);
    const list = await fetch(`${controller.url}/api/v1/patch/packages/Shop.CartServer`);
    expect(await list.json()).toMatchObject({ items: [{ comment: 'built by a test' }] });
  });

  it('of a service that is meant to be stopped is refused, unless it is to be released all the same', async () => {
    const { controller, upload, work } = await openLab('commit');
    work.commitFiles({ 'services/cart.yaml': `${cart}  state: stopped\n` });
    work.git('push', '--quiet', 'origin', 'main');
    const states = () =>
      [...controller.registry.state.scopes.values()].map(({ desired }) => desired.state);
    await eventually(() => states().every((state) => state === 'stopped'));
    expect(await upload()).toBe('200 no active server, please start server first!\n');
    expect(await upload({ restart: '1' })).toMatch(/\nn1 stopped /);
  });

  it.each<[string, UploadOptions, RegExp]>([
    ['without a ticket', { ticket: '' }, /^401 .*API_UNAUTHORIZED/s],
    ['with a wrong ticket', { ticket: 'x'.repeat(43) }, /^401 .*API_UNAUTHORIZED/s],
    ['for no service of Git', { service: 'Shop.Gone' }, /^200 server not deploy, please check!\n$/],
    ['without a file', { withFile: false }, /^200 upload not files\n$/],
  ])('%s is refused', async (_name, options, expected) => {
    const { bare, upload } = await openLab('commit');
    const before = bare.head('main');
    expect(await upload(options)).toMatch(expected);
    expect(bare.head('main')).toBe(before);
  });

  it('of Java is a jar as well, which is wrapped under the name that it is started by', async () => {
    const { controller, upload } = await openLab('store');
    const jar = { name: 'cart-1.2-SNAPSHOT.jar', content: 'PK\u0003\u0004 a jar' };
    const [, version] = /stored as Shop\.CartServer (\S+);/.exec(await upload({ file: jar })) ?? [];
    const path = `${controller.url}/api/v1/patch/packages/Shop.CartServer/${version}`;
    const { digest } = (await (await fetch(path)).json()) as { digest: string };
    const headers = { authorization: `Bearer ${controller.readToken('agent')}` };
    const answer = await fetch(`${controller.url}/api/v1/patch/content/${digest}`, { headers });
    const packed = Buffer.from(await answer.arrayBuffer());
    const names = execFileSync('tar', ['-tzf', '-'], { input: packed, encoding: 'utf8' });
    expect(names.trim()).toBe('Shop.CartServer.jar');
  });

  it.each([
    ['a war', { name: 'cart.war', content: 'PK\u0003\u0004 a war' }, /PACKAGE_FORMAT: .*jar xf/],
    ['no archive', { name: 'cart.tgz', content: 'hello' }, /ARCHIVE_DAMAGED/],
  ])('that is %s is refused with what to do', async (_name, file, expected) => {
    const { upload } = await openLab('commit');
    expect(await upload({ file })).toMatch(expected);
  });

  it('that a protected branch does not take stays stored, and the reply says why', async () => {
    const { bare, upload } = await openLab('commit');
    const hook = join(bare.folder, 'hooks', 'pre-receive');
    mkdirSync(join(bare.folder, 'hooks'), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\necho protected >&2\nexit 1\n', { mode: 0o755 });
    expect(readdirSync(join(bare.folder, 'hooks'))).toContain('pre-receive');
    expect(await upload()).toMatch(/^200 PUBLISH_REFUSED: .*pre-receive hook declined/);
  });
});
