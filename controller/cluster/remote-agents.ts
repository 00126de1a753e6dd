/** Reaches agents that are connected to another controller, by asking that one. */

import { createInterface } from 'node:readline';
import { Agent, request, type Dispatcher } from 'undici';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { nodeOfInstance } from '../../registry/instance-id.ts';
import type { RegistryState } from '../../registry/model.ts';
import type {
  AgentsPort,
  CommandOutcome,
  CommandRequest,
  LogPiece,
  LogRequest,
} from '../api/status-ports.ts';
import { ownMember, type ClusterFile } from './cluster-file.ts';
import { memberUrl } from './member-url.ts';

export interface RemoteAgentsOptions {
  readonly file: ClusterFile;
  /** Those that are connected to this controller. */
  readonly local: AgentsPort;
  readonly state: () => RegistryState;
  readonly isLive: (controller: string) => boolean;
}

const connectTimeoutMs = 3_000;
const answerBytesMax = 2 ** 20;

export interface RemoteAgents extends AgentsPort {
  close(): Promise<void>;
}

export function openRemoteAgents(options: RemoteAgentsOptions): RemoteAgents {
  const { file, local, state, isLive } = options;
  const dispatcher = new Agent({
    connect: { timeout: connectTimeoutMs, ca: file.tls.ca },
    bodyTimeout: 0,
  });
  /** `undefined`: this controller has the agent, or nobody does. */
  const urlFor = (instance: string): string | undefined => {
    const session = state().sessions.get(nodeOfInstance(instance));
    if (session?.controller === undefined || session.state !== 'alive') return undefined;
    const member = file.members.find(({ name }) => name === session.controller);
    const isElsewhere = member !== undefined && member !== ownMember(file);
    return isElsewhere && isLive(member.name) ? memberUrl(member) : undefined;
  };
  return {
    heardAt: (node) => local.heardAt(node),
    get connected() {
      return local.connected;
    },
    requestLogs(instance, wanted) {
      const url = urlFor(instance);
      if (url === undefined) return local.requestLogs(instance, wanted);
      return remoteLogs(`${url}/api/v1/logs/${encodeURIComponent(instance)}`, wanted, {
        dispatcher,
        token: file.tokens.read,
      });
    },
    sendCommand(command) {
      const url = urlFor(command.instance);
      if (url === undefined) return local.sendCommand(command);
      return remoteCommand(url, command, { dispatcher, token: file.tokens.publish });
    },
    close: () => dispatcher.close(),
  };
}

interface Access {
  readonly dispatcher: Dispatcher;
  readonly token: string;
}

async function* remoteLogs(
  url: string,
  { from, follow, contains, signal }: LogRequest,
  { dispatcher, token }: Access,
): AsyncGenerator<LogPiece> {
  const query = {
    ...('position' in from ? { position: from.position } : { tail: from.tailLines }),
    follow,
    ...(contains !== undefined && { contains }),
  };
  const headers = { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' };
  const options = { dispatcher, headers, query, ...(signal !== undefined && { signal }) };
  const { statusCode, body } = await ask(() => request(url, options));
  if (statusCode !== 200) throw problemOf(await body.text());
  for await (const line of createInterface({ input: body })) {
    const piece = JSON.parse(line) as LogPiece & { readonly problem?: unknown };
    if (piece.problem !== undefined) throw problemOf(JSON.stringify(piece.problem));
    yield piece;
  }
}

async function remoteCommand(
  url: string,
  { instance, text, timeoutMs }: CommandRequest,
  { dispatcher, token }: Access,
): Promise<CommandOutcome> {
  const node = nodeOfInstance(instance);
  const service = instance.slice(0, -(node.length + 1));
  const { statusCode, body } = await ask(() =>
    request(`${url}/api/v1/services/${encodeURIComponent(service)}/commands`, {
      method: 'POST',
      dispatcher,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ command: text, node }),
      headersTimeout: timeoutMs + connectTimeoutMs,
    }),
  );
  const answer = (await body.text()).slice(0, answerBytesMax);
  if (statusCode !== 200) throw problemOf(answer);
  const { items } = JSON.parse(answer) as { readonly items: readonly CommandOutcome[] };
  const [outcome] = items;
  if (outcome === undefined) throw problemOf(answer);
  return outcome;
}

async function ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await question();
  } catch (cause) {
    throw new TarsierError(
      'AGENT_OFFLINE',
      'The controller that the agent is connected to does not answer. Try again: the agent goes to another one.',
      { cause },
    );
  }
}

function problemOf(text: string): TarsierError {
  let detail: unknown;
  try {
    ({ detail } = JSON.parse(text) as { readonly detail?: unknown });
  } catch {
    detail = undefined;
  }
  const message = typeof detail === 'string' ? detail : 'Its controller gave no answer of use.';
  return new TarsierError('AGENT_OFFLINE', message);
}
