/** A real controller end of the link on loopback: durable registry, HTTP server, tokens. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createApiServer } from '../../../controller/api/server.ts';
import { listenApi } from '../../../controller/api/listen.ts';
import { openTokens } from '../../../controller/api/tokens.ts';
import type { AgentLinks } from '../../../controller/agents/agent-links.ts';
import type { LinkPorts } from '../../../controller/agents/link-ports.ts';
import type { ClusterPorts } from '../../../controller/agents/cluster-ports.ts';
import type { Collector } from '../../../controller/agents/session-ports.ts';
import { registerLink } from '../../../controller/agents/register-link.ts';
import type { LinkTiming } from '../../../link/connection/timing.ts';
import { registryMachine } from '../../../registry/registry-machine.ts';
import { startReplica } from '../../../replica/core/log-replica.ts';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import type { RegistryEvent } from '../../../registry/model.ts';
import type { RegistryCommand } from '../../../registry/commands.ts';

export const fastTiming: LinkTiming = {
  heartbeatMs: 50,
  deadAfterMs: 600,
  connectTimeoutMs: 5_000,
  retryMinMs: 10,
  retryMaxMs: 100,
  refusedRetryMinMs: 50,
  refusedRetryMaxMs: 200,
};

export type LabReplica = LinkPorts['replica'];
type OnEnd = (end: () => Promise<void> | void) => void;

export async function startLabReplica(onEnd: OnEnd = onTestFinished): Promise<LabReplica> {
  const folder = await mkdtemp(join(tmpdir(), 'tarsier-link-'));
  const log = await openEmbeddedLog({ directory: join(folder, 'log') });
  const blobs = await openEmbeddedBlobs({ directory: join(folder, 'blobs') });
  const replica = await startReplica(
    { log, blobs, machine: registryMachine },
    { newCommandId: randomUUID, wait: (ms) => delay(ms) },
  );
  onEnd(async () => {
    await replica.close();
    await log.close();
    await rm(folder, { recursive: true, force: true });
  });
  return replica;
}

export interface LinkLab {
  readonly url: string;
  readonly token: string;
  readonly links: AgentLinks;
  readonly replica: LabReplica;
  readonly tokensFolder: string;
  propose(command: RegistryCommand): Promise<void>;
  /** All events that the registry made so far. */
  eventsOf(reason: string): readonly RegistryEvent[];
  /** In good order, as at the end of the process. */
  close(): Promise<void>;
}

export interface LinkLabOptions {
  readonly replica?: LabReplica;
  readonly port?: number;
  readonly monotonicMs?: () => number;
  readonly timing?: Partial<LinkTiming>;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Of an earlier lab, so that its agents find their way. */
  readonly tokensFolder?: string;
  readonly collector?: Collector;
  readonly cluster?: ClusterPorts;
  /** Takes what has to be done at the end; `onTestFinished` by default. */
  readonly onEnd?: OnEnd;
}

export async function startLinkLab(options: LinkLabOptions = {}): Promise<LinkLab> {
  const { onEnd = onTestFinished, monotonicMs, tls } = options;
  const replica = options.replica ?? (await startLabReplica(onEnd));
  const folder = options.tokensFolder ?? (await mkdtemp(join(tmpdir(), 'tarsier-link-')));
  const address = { host: '127.0.0.1', port: options.port ?? 0 };
  const app = await createApiServer({
    address,
    tokens: await openTokens(folder),
    ...(tls === undefined ? {} : { tls }),
  });
  const timing = { ...fastTiming, ...options.timing };
  const clock = monotonicMs === undefined ? {} : { monotonicMs };
  const collector = options.collector === undefined ? {} : { collector: options.collector };
  const cluster = options.cluster === undefined ? {} : { cluster: options.cluster };
  const links = await registerLink(app, { replica, timing, ...clock, ...collector, ...cluster });
  const url = await listenApi(app, address);
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= app.close());
  onEnd(async () => {
    await close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    url,
    token: (await readFile(join(folder, 'agent'), 'utf8')).trim(),
    links,
    replica,
    tokensFolder: folder,
    async propose(command) {
      const { result } = await replica.propose(command);
      if (!result.accepted) throw new Error(`${result.code}: ${result.message}`);
    },
    eventsOf: (reason) => replica.state.events.filter((event) => event.reason === reason),
    close,
  };
}
