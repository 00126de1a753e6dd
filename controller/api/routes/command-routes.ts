/** Commands to the running instances of a service: to all of them, or to the one on a node. */

import type { FastifyInstance } from 'fastify';
import { isTarsierError, TarsierError } from '../../../errors/tarsier-error.ts';
import { indexesOf, instancesAt } from '../../../registry/indexes.ts';
import { nodeOfInstance } from '../../../registry/instance-id.ts';
import type { InstancePhase } from '../../../registry/model.ts';
import type { InstanceId } from '../../../spec/desired-state.ts';
import { list, object, ref } from '../schemas/schema-parts.ts';
import type { CommandOutcome, StatusPorts } from '../status-ports.ts';
import { apiPath, type StatusContext } from './resource-routes.ts';
import { paramsOf, responses } from './route-schemas.ts';

interface CommandBody {
  readonly command: string;
  readonly node?: string;
}

const commandBody = {
  type: 'object',
  additionalProperties: false,
  required: ['command'],
  properties: {
    command: { type: 'string', minLength: 1, maxLength: 4_096 },
    node: { type: 'string', maxLength: 300 },
  },
} as const;

const answerWithinMs = 10_000;
const hasProcess: ReadonlySet<InstancePhase | undefined> = new Set([
  'starting',
  'running',
  'unready',
  'stopping',
]);

export function registerCommandRoutes(app: FastifyInstance, { ports }: StatusContext): void {
  app.post<{ Params: { service: string }; Body: CommandBody }>(
    `${apiPath}/services/:service/commands`,
    {
      config: { auth: 'publish' },
      schema: {
        summary: 'Hand a command to the running instances of a service',
        tags: ['commands'],
        params: paramsOf('service'),
        body: commandBody,
        response: responses(object({ items: list(ref('CommandResult')) })),
      },
    },
    async ({ params: { service }, body: { command, node } }) => {
      const instances = runningInstances(ports, service, node);
      const items = instances.map(async (instance) => ({
        instance,
        ...(await send(ports, instance, command)),
      }));
      return { items: await Promise.all(items) };
    },
  );
}

/** Sorted. */
function runningInstances(
  { registry: { state } }: StatusPorts,
  service: string,
  node: string | undefined,
): readonly InstanceId[] {
  const instances = [...instancesAt(indexesOf(state).observedByService, service)].filter(
    (instance) =>
      hasProcess.has(state.observed.get(instance)?.phase) &&
      (node === undefined || nodeOfInstance(instance) === node),
  );
  if (instances.length > 0) return instances.toSorted();
  const where = node === undefined ? '' : ` on node ${node}`;
  throw new TarsierError('INSTANCE_NOT_FOUND', `No instance of ${service} runs${where}.`);
}

async function send(
  { agents }: StatusPorts,
  instance: InstanceId,
  text: string,
): Promise<CommandOutcome> {
  try {
    return await agents.sendCommand({ instance, text, timeoutMs: answerWithinMs });
  } catch (error) {
    // Of several instances each has its own answer.
    if (isTarsierError(error)) return { ok: false, text: error.message, code: error.code };
    throw error;
  }
}
