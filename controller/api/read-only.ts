/** Answers every attempt to write status: no, and here is the file to edit. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { Origin } from '../../spec/desired-state.ts';
import type { StatusPorts } from './status-ports.ts';

const writingVerbs: readonly ('POST' | 'PUT' | 'PATCH' | 'DELETE')[] = [
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
];

export interface GitSubject {
  /** Such as `Service sz/Shop.CartServer`. */
  readonly name: string;
  readonly origin?: Origin;
}

/** `subjectOf` finds the object that a request is about, to name its file. */
export function refuseWriting(
  app: FastifyInstance,
  url: string,
  ports: StatusPorts,
  subjectOf: (request: FastifyRequest) => GitSubject | undefined = () => undefined,
): void {
  app.route({
    method: [...writingVerbs],
    url,
    config: { auth: 'read' },
    schema: { hide: true },
    handler: (request, reply) => {
      reply.header('allow', 'GET, HEAD');
      throw readOnly(request.method, ports, subjectOf(request));
    },
  });
}

function readOnly(
  method: string,
  ports: StatusPorts,
  subject: GitSubject | undefined,
): TarsierError {
  const source = ports.source();
  const record = ports.registry.state.source;
  const repository =
    source === undefined
      ? 'the repository'
      : `${source.url} (branch ${source.branch ?? 'default'})`;
  const file = subject?.origin && `${subject.origin.path}:${subject.origin.line}`;
  const what = subject === undefined ? 'what runs' : subject.name;
  const where = file === undefined ? `the YAML file of the object in` : `${file} in`;
  const commit = record?.inForceCommit;
  return new TarsierError(
    'API_METHOD_NOT_ALLOWED',
    `${method} is not how ${what} changes: status is read-only, and what runs follows Git.`,
    {
      hint: `Edit ${where} ${repository}, commit and push.${commit === undefined ? '' : ` In force is commit ${commit.slice(0, 12)}.`}`,
      details: {
        ...(file !== undefined && { file }),
        ...(commit !== undefined && { inForceCommit: commit }),
        ...(source !== undefined && { repository: source.url }),
      },
    },
  );
}
