/** The agent's whole end of the link, without processes: session, lookups, reports, commands, locks. */

import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { steadyClock } from '../../../nodeagent/clock.ts';
import type { RunCommand } from '../../../nodeagent/session/instance-commands.ts';
import { openLinkParts, type LinkParts } from '../../../nodeagent/session/link-parts.ts';
import { Session } from '../../../nodeagent/session/session.ts';
import { ControllerRing } from '../../../link/connection/controller-ring.ts';
import type { InstanceObserved } from '../../../registry/model.ts';
import { eventually } from '../agent/eventually.ts';
import { temporaryFolder } from '../temporary-folder.ts';

export interface LinkedAgentOptions {
  /** Of the controllers, separated by commas. */
  readonly url: string;
  readonly token: string;
  readonly node?: string;
  readonly runCommand?: RunCommand;
  readonly reportBytesMax?: number;
  readonly dataDir?: string;
  /** On top of what changes are reported later. */
  readonly observed?: readonly InstanceObserved[];
  /** Takes what has to be done at the end; `onTestFinished` by default. */
  readonly onEnd?: (end: () => Promise<void>) => void;
}

export interface LinkedAgent extends LinkParts {
  readonly dataDir: string;
  readonly session: Session;
  opened(): Promise<void>;
  /** As at the end of the process. */
  stop(): Promise<void>;
}

export function startLinkedAgent(options: LinkedAgentOptions): LinkedAgent {
  const { url, token, node = 'n1', dataDir = temporaryFolder(), observed = [] } = options;
  const logger = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  const noCommand: RunCommand = () => Promise.reject(new Error('nobody takes commands'));
  const parts = openLinkParts({
    node,
    dataDir,
    clock: steadyClock(),
    logger,
    send: (message) => session.send(message),
    runCommand: options.runCommand ?? noCommand,
    ...(options.reportBytesMax === undefined ? {} : { reportBytesMax: options.reportBytesMax }),
  });
  const session: Session = new Session({
    node,
    controllers: new ControllerRing({ named: url.split(',') }),
    token,
    agentVersion: '0.1.0',
    bootId: 'b1',
    logger,
    targets: undefined,
    onTargets: () => {},
    onWelcome: () => {},
    observed: () => observed,
    outputFolderOf: () => undefined,
    parts: parts.all,
  });
  session.start();
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= session.close().then(() => parts.close()));
  (options.onEnd ?? onTestFinished)(stop);
  return {
    ...parts,
    dataDir,
    session,
    opened: async () => void (await eventually(() => session.isConnected)),
    stop,
  };
}
