/** `tarsctl patch push`: packs a directory if it is one, sends what is not there yet, says what to do next. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { packDirectory } from '../../controller/patch/pack-directory.ts';
import { TarsierError } from '../../errors/tarsier-error.ts';
import {
  checkPackageReference,
  type PackageArtifact,
} from '../../link/packages/package-reference.ts';
import { formatBytes } from '../../registry/status/render/format-bytes.ts';
import { formatDuration } from '../../registry/status/render/format-time.ts';
import { pushPackage, type PushOutcome } from '../../sdk/typescript/push-package.ts';
import type { CliContext } from '../context.ts';
import { openClient } from './open-client.ts';
import { printedAsData } from './packages.ts';
import { showProgress } from './push-progress.ts';
import { releaseYaml } from './release-yaml.ts';

export interface PushArguments {
  readonly name: string;
  readonly version: string;
  /** A tar.gz, or a directory. */
  readonly file: string;
  readonly comment?: string;
  readonly default?: boolean;
}

const gzipLevel = 6;
/** 128 and the number of SIGINT, as shells have it. */
const interruptedExitCode = 130;

export async function push(context: CliContext, wanted: PushArguments): Promise<void> {
  checkPackageReference(wanted.name, wanted.version);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  const workFolder = await mkdtemp(join(tmpdir(), 'tarsctl-push-'));
  try {
    const prepared = await prepare(context, wanted.file, join(workFolder, 'package.tgz'));
    await send(context, wanted, prepared, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    context.stderr.write('Interrupted. The same command goes on where this one stopped.\n');
    process.exitCode = interruptedExitCode;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
    await rm(workFolder, { recursive: true, force: true });
  }
}

interface Prepared extends PackageArtifact {
  readonly file: string;
}

async function prepare(context: CliContext, path: string, packed: string): Promise<Prepared> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new TarsierError('USAGE', `Cannot read ${path}: there is no such file or directory.`, {
      cause,
    });
  });
  if (found.isDirectory()) {
    context.stderr.write(`► packing ${path}\n`);
    return { file: packed, ...(await packDirectory(path, packed, { gzipLevel })) };
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { file: path, digest: `sha256:${hash.digest('hex')}`, sizeBytes: found.size };
}

async function send(
  context: CliContext,
  { name, version, comment, default: makeDefault }: PushArguments,
  prepared: Prepared,
  signal: AbortSignal,
): Promise<void> {
  const client = openClient(context);
  const startedAt = performance.now();
  const progress = showProgress(context, `${name} ${version}`);
  let outcome: PushOutcome;
  try {
    const by = `${userInfo().username}@${hostname()}`;
    const request = { package: name, version, by, ...prepared };
    outcome = await pushPackage(client, comment === undefined ? request : { ...request, comment }, {
      signal,
      onProgress: progress.update,
    });
  } finally {
    progress.stop();
  }
  if (makeDefault === true) await client.setDefault(name, version);
  await report(context, outcome, performance.now() - startedAt);
}

async function report(
  context: CliContext,
  { outcome, version: view }: PushOutcome,
  tookMs: number,
): Promise<void> {
  if (await printedAsData(context, { outcome, ...view })) return;
  const { style, stdout } = context;
  const what = `${view.package} ${view.version}`;
  const size = `${formatBytes(view.sizeBytes)}, ${view.files} ${view.files === 1 ? 'file' : 'files'}`;
  const said =
    outcome === 'present'
      ? `${style.strong(what)} is there already with the same bytes (${size}); nothing was sent`
      : `pushed ${style.strong(what)} (${size}) in ${formatDuration(tookMs)}`;
  stdout.write(`${style.good('✔')} ${said}\n`);
  stdout.write(`\nNext: write this into the Service, commit, and push:\n\n${releaseYaml(view)}`);
}
