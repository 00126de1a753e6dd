/** Carries out one start: ports, release, files, intent, shim, in this order. */

import { closeSync } from 'node:fs';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { InstanceTarget } from '../../registry/model.ts';
import type { InstanceOutput } from '../output/instance-output.ts';
import { describeOwner, isInTheWay, listeningSockets } from '../process/port-owner.ts';
import { bindHost } from '../tars-config/bind-host.ts';
import type { SupervisorContext } from './context.ts';
import type { InstanceFolders } from './instance-folders.ts';
import { spread } from '../state/spread.ts';
import { isTars } from './prepare/prepare-tars.ts';
import { prepareRun } from './prepare/prepare-run.ts';
import { tarsMachine } from './prepare/tars-machine.ts';
import { openSecrets } from './secrets/open-secrets.ts';
import { launchRun } from './run/launch-run.ts';
import { RunFolder } from './run/run-folder.ts';
import { abandonRun } from './run/observe-run.ts';

export interface StartSource {
  readonly target: InstanceTarget;
  readonly folders: InstanceFolders;
  readonly output: InstanceOutput;
  /** The newest run, ended by now. */
  readonly previous: RunFolder | undefined;
}

/** The run exists when this returns; whether the service lives is for `observeRun` to say. */
export async function startInstance(
  source: StartSource,
  context: SupervisorContext,
): Promise<RunFolder> {
  const { target, folders, output } = source;
  const secrets = await openSecrets(target.content, context.openSecret);
  const { ports, adminPort } = choosePorts(target, context);
  const release =
    target.content.release === undefined ? undefined : await context.releases.activate(target);
  const { descriptor, position } = output.open();
  try {
    const intent = await prepareRun({
      target,
      node: context.node,
      facts: context.facts(),
      folders,
      release,
      ports,
      adminPort,
      secrets,
      machine: tarsMachine(context),
      controlGroups: context.controlGroups,
      bootId: context.bootId,
      now: context.clock.now(),
      outputPosition: position,
      restarts: countRestarts(target, source.previous),
    });
    const run = RunFolder.create(folders.runs, intent);
    try {
      await launchRun(run, descriptor);
    } catch (error) {
      abandonRun(run, context.clock.now());
      throw error;
    }
    return run;
  } finally {
    closeSync(descriptor);
  }
}

/** A run that never began is not counted, nor one that its target ended. */
function countRestarts(target: InstanceTarget, previous: RunFolder | undefined): number {
  if (previous === undefined || previous.intent.target.revision !== target.revision) return 0;
  const { shim, stopAskedWhy } = previous.readFacts();
  if (stopAskedWhy === 'target') return 0;
  return previous.intent.restarts + (shim === undefined ? 0 : 1);
}

interface ChosenPorts {
  /** By servant name. */
  readonly ports: Map<string, number>;
  readonly adminPort: number | undefined;
}

/** No servant can be called like this: its name has no dot. */
const adminServant = 'tars.admin';
const everyAddress = '0.0.0.0';
/** As the configuration file names it. */
const adminHost = '127.0.0.1';

/** Fixed ports must be free, because a second listener would fail late and say less. */
function choosePorts(target: InstanceTarget, context: SupervisorContext): ChosenPorts {
  const { servants } = target.content;
  const ports = new Map<string, number>();
  const hasAdmin = isTars(target.content);
  if (servants.length === 0 && !hasAdmin) return { ports, adminPort: undefined };
  const listening = listeningSockets();
  const inTheWay = (host: string) => listening.filter((socket) => isInTheWay(socket, host));
  // What listens on another address of the machine takes no port away: callers keep the one they know.
  const avoidAt = (host: string) =>
    new Set([...context.fixedPorts(), ...inTheWay(host).map(({ port }) => port)]);
  const { instance } = target;
  const { portRange: range, addresses } = context.facts();
  for (const servant of servants) {
    // What another program binds is its own business: it may be every address.
    const host = hasAdmin ? bindHost(servant, addresses) : everyAddress;
    if (servant.port === 'auto') {
      const avoid = avoidAt(host);
      const port = context.ports.choose({ instance, servant: servant.name, range, avoid });
      ports.set(servant.name, port);
      continue;
    }
    const rival = inTheWay(host).find(({ port }) => port === servant.port);
    if (rival !== undefined) {
      throw new TarsierError(
        'AGENT_PORT_TAKEN',
        `Cannot start ${target.service} on ${context.node}: port ${servant.port} is taken by ${describeOwner(rival.inode)}. Free the port or change the port of servant ${servant.name}.`,
      );
    }
    ports.set(servant.name, servant.port);
  }
  if (!hasAdmin) return { ports, adminPort: undefined };
  const startAt = spread(context.dataDir, instance);
  const avoid = avoidAt(adminHost);
  const wish = { instance, servant: adminServant, range, avoid, startAt };
  return { ports, adminPort: context.ports.choose(wish) };
}
