/** `POST /api/upload_and_publish`: what the build scripts of TARS projects call, with a reply in text. */

import { rm } from 'node:fs/promises';
import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import { isTarsierError } from '../../errors/tarsier-error.ts';
import type { RegistryState } from '../../registry/model.ts';
import { publishPackage, type Published, type PublishPorts } from './publish-package.ts';
import { renderPublishReport } from './publish-report.ts';
import { receivePackage, type ReceivedPackage } from './receive-package.ts';
import { isOver, releaseProgress } from './release-progress.ts';
import { wrapUpload } from './wrap-upload.ts';

export interface UploadAndPublishPorts extends PublishPorts {
  /** For packages on their way; owned by the route. */
  readonly folder: string;
  readonly packageBytesMax: number;
  /** How long a reply waits for the release to end. */
  readonly waitMsMax: number;
  state(): RegistryState;
  /** Called after each change of the registry. Returns the unsubscriber. */
  onChange(listener: () => void): () => void;
}

const TEXT_FIELD_BYTES_MAX = 4096;
const FIELDS_MAX = 16;

const options = {
  config: { auth: 'ticket', slowBody: true },
  schema: {
    summary: 'Stores a package and releases it; for build scripts of TARS projects',
    querystring: {
      type: 'object',
      properties: { ticket: { type: 'string', maxLength: 200 } },
    },
  },
} as const;

export function registerUploadAndPublish(app: FastifyInstance, ports: UploadAndPublishPorts): void {
  app.register(async (scope) => {
    await scope.register(multipart, {
      limits: {
        fileSize: ports.packageBytesMax,
        files: 1,
        fields: FIELDS_MAX,
        fieldSize: TEXT_FIELD_BYTES_MAX,
      },
      throwFileSizeLimit: false,
    });
    scope.post('/api/upload_and_publish', options, async (request, reply) => {
      reply.type('text/plain; charset=utf-8');
      const received = await receivePackage(request.parts(), ports.folder);
      try {
        return await answer(received, ports);
      } catch (error) {
        // Build scripts print the reply and look at nothing else.
        if (!isTarsierError(error)) throw error;
        return `${error.code}: ${error.message} ${error.hint ?? ''}`.trimEnd().concat('\n');
      } finally {
        if (received.file !== undefined) await rm(received.file.path, { force: true });
      }
    });
  });
}

async function answer(received: ReceivedPackage, ports: UploadAndPublishPorts): Promise<string> {
  const { fields, file } = received;
  const service = `${fields.get('application') ?? ''}.${fields.get('module_name') ?? ''}`;
  const isKnown = ports
    .state()
    .scopes.values()
    .some(({ desired }) => desired.service === service);
  if (!isKnown) return 'server not deploy, please check!\n';
  if (fields.get('restart') !== '1' && isStopped(service, ports.state())) {
    return 'no active server, please start server first!\n';
  }
  if (file === undefined) return 'upload not files\n';
  const published = await publishPackage(
    {
      service,
      file: await wrapUpload(file, service),
      comment: plainText(fields.get('comment') ?? ''),
    },
    ports,
  );
  const remark = remarkOf(service, published);
  if (remark !== undefined) return remark;
  return renderPublishReport({
    task: published.commit ?? published.version,
    ...(await untilOver(service, published.version, ports)),
  });
}

function isStopped(service: string, { scopes }: RegistryState): boolean {
  const records = [...scopes.values()].filter(({ desired }) => desired.service === service);
  return records.every(({ desired }) => desired.state === 'stopped');
}

/** Git takes no NUL in a message, and terminals obey other control characters. */
function plainText(comment: string): string {
  return comment.replaceAll(/[^\P{Cc}\n\t]/gu, '');
}

/** Set when there is nothing to wait for. */
function remarkOf(service: string, { version, commit, branch }: Published): string | undefined {
  if (commit === undefined) {
    return `stored as ${service} ${version}; not released: set release.version of the Service in Git to "${version}"\n`;
  }
  if (branch === undefined) return undefined;
  return `stored as ${service} ${version}; branch ${branch} was pushed (${commit.slice(0, 7)}): open a pull request for it\n`;
}

async function untilOver(service: string, version: string, ports: UploadAndPublishPorts) {
  const read = () => releaseProgress(ports.state(), service, version);
  const over = Promise.withResolvers<void>();
  const unsubscribe = ports.onChange(() => {
    if (isOver(read())) over.resolve();
  });
  const timer = setTimeout(() => over.resolve(), ports.waitMsMax);
  try {
    if (!isOver(read())) await over.promise;
  } finally {
    clearTimeout(timer);
    unsubscribe();
  }
  const progress = read();
  if (progress.every(({ state }) => state === 'success' || state === 'stopped'))
    return { progress };
  return { progress, remark: `look at it with: tarsctl why ${service}` };
}
