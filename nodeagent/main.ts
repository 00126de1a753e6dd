/** Starts the agent of one node. Its services outlive it: closing it, or killing it, leaves them running. */

import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { NodeFacts } from '../link/messages/messages.ts';
import type { InstanceObserved } from '../registry/model.ts';
import { steadyClock } from './clock.ts';
import { defaultOutputLimits, type OutputLimits } from './output/instance-output.ts';
import { ControlGroups, groupName, readMounts } from './process/control-groups.ts';
import { readBootId } from './process/identity.ts';
import { ControllerRing } from '../link/connection/controller-ring.ts';
import { usableControllers } from '../link/connection/learned-controllers.ts';
import { agentHoldings } from './session/agent-holdings.ts';
import { controllerPackages } from './session/controller-packages.ts';
import type { RunCommand } from './session/instance-commands.ts';
import { keepServants, type KeptServants } from './servants/keep-servants.ts';
import { openLinkParts, type LinkParts } from './session/link-parts.ts';
import { ReleaseStore } from './release/release-store.ts';
import { Session, type SessionOptions } from './session/session.ts';
import { ControllersFile } from './state/controllers-file.ts';
import { lockDataDir } from './state/data-lock.ts';
import { spread } from './state/spread.ts';
import { PortBook } from './state/port-book.ts';
import { chooseServantsPort, type ServantsWish } from './state/servants-port.ts';
import {
  readFacts,
  readTargets,
  writeFacts,
  writeTargets,
  type TargetSet,
} from './state/targets-file.ts';
import type { ServantsAddress } from './tars-config/service-config-source.ts';
import { tarsCalls } from './supervisor/admin/tars-calls.ts';
import { releasesOf } from './supervisor/release-port.ts';
import { secretOpener } from './supervisor/secrets/secret-opener.ts';
import { exportHost } from './tarsjs-host/export-host.ts';
import { Supervisor } from './supervisor/supervisor.ts';

export interface AgentOptions {
  /** Name of the Node object. */
  readonly node: string;
  /** Of the controllers, at least one; others are learned from them. */
  readonly controllerUrls: readonly string[];
  readonly token: string;
  /** Certificates to trust beside the system's, in PEM. */
  readonly ca?: string;
  readonly dataDir: string;
  readonly logger: Logger;
  /** Shown in the status of the node. */
  readonly agentVersion?: string;
  /** Node for Tars.js services whose package brings none; default: the one that runs the agent. */
  readonly nodeBinary?: string;
  /** Folder of the node-agent for Tars.js services whose package brings none. */
  readonly nodeAgentPath?: string;
  /** age identities that open the secrets of this machine; default: `secrets.key` in the data folder. */
  readonly secretsKeyFile?: string;
  /** Where services find the framework objects; without it they are told of none. */
  readonly servants?: ServantsWish;
  /** No silence of a service that is shorter restarts it. */
  readonly beatTimeoutMsLeast?: number;
  readonly outputLimits?: OutputLimits;
  /** False: as on a machine without control groups. */
  readonly useControlGroups?: boolean;
  /** In place of the machine's boot id; a simulated reboot in tests. */
  readonly bootId?: string;
  /** In place of the admin servants of services. */
  readonly runCommand?: RunCommand;
  /** On the disk, of reports that wait for a controller. */
  readonly reportBytesMax?: number;
}

export interface Agent {
  readonly isConnected: boolean;
  /** What services on this node look up, report and lock. */
  readonly parts: Pick<LinkParts, 'objects' | 'reports' | 'locks'>;
  /** Where services on this node find the framework. */
  readonly servantsAddress: ServantsAddress | undefined;
  observed(): readonly InstanceObserved[];
  /** With `stopServices`, every service is stopped first; they start again with the next agent. */
  close(options: { readonly stopServices: boolean }): Promise<void>;
}

const unknownVersion = '0.0.0';
/** Libraries beat every 10 to 11 s: one beat may be lost, or late. */
const beatTimeoutMsLeast = 25_000;

/** Until a controller has said otherwise. */
const unknownFacts: NodeFacts = {
  dataCenter: '',
  addresses: { default: '127.0.0.1' },
  portRange: { from: 20_000, to: 29_999 },
};

/** Fails with `AGENT_LOCKED` when another agent has the data directory. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  // Services of other users must be able to reach their own folders below.
  mkdirSync(options.dataDir, { recursive: true, mode: 0o711 });
  const dataDir = realpathSync(options.dataDir);
  const lock = lockDataDir(dataDir);
  try {
    const parts = await assemble(options, dataDir);
    return {
      get isConnected() {
        return parts.session.isConnected;
      },
      parts: parts.linkParts,
      servantsAddress: parts.servantsAddress,
      observed: () => parts.supervisor.observed(),
      async close({ stopServices }) {
        if (stopServices) await parts.supervisor.stopServices();
        await parts.supervisor.close();
        await parts.servants?.close();
        await parts.session.close();
        await parts.linkParts.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface AgentParts {
  readonly session: Session;
  readonly supervisor: Supervisor;
  readonly linkParts: LinkParts;
  readonly servants: KeptServants | undefined;
  readonly servantsAddress: ServantsAddress | undefined;
}

async function assemble(options: AgentOptions, dataDir: string): Promise<AgentParts> {
  const { node, logger } = options;
  const clock = steadyClock();
  const bootId = options.bootId ?? readBootId();
  const targetsPath = join(dataDir, 'targets');
  const known = loadTargets(targetsPath, logger);
  const factsPath = join(dataDir, 'node-facts');
  let facts = known?.nodeFacts ?? readFacts(factsPath) ?? unknownFacts;
  const { controllers, keepControllers } = openControllers(options, dataDir);
  const { packages, store, holdings } = await openReleases(
    { ...options, controllers },
    dataDir,
    () => supervisor.releasesInUse(),
  );
  const ports = openPorts(dataDir, logger);
  const servantsAddress =
    options.servants && chooseServantsPort(options.servants, ports, facts.portRange);
  const supervisor: Supervisor = new Supervisor({
    node,
    dataDir,
    bootId,
    clock,
    controlGroups: openGroups(options, dataDir),
    ports,
    releases: releasesOf(store),
    ...tarsParts(options, dataDir, bootId),
    servantsAddress: () => servantsAddress,
    hearsServices: () => servants?.isOpen !== false,
    outputLimits: options.outputLimits ?? defaultOutputLimits,
    logger,
    facts: () => facts,
    onObserved: (observed) => session.changed(observed),
    onGone: (instance) => session.gone(instance),
  });
  const linkParts = openLinkParts({
    ...options,
    dataDir,
    clock,
    send: (message) => session.send(message),
    onEpoch: (epoch) => holdings.told(epoch),
    runCommand: options.runCommand ?? ((...asked) => supervisor.runCommand(...asked)),
  });
  const session: Session = openSession(
    { ...options, controllers, bootId, targets: known, supervisor, linkParts },
    {
      holdings,
      onTargets(set) {
        if (set.nodeFacts !== undefined) writeFacts(factsPath, set.nodeFacts);
        writeTargets(targetsPath, set);
        facts = set.nodeFacts ?? facts;
        supervisor.setTargets(set.targets);
      },
      onWelcome(welcome) {
        packages.setPath(welcome.packagesPath);
        keepControllers();
      },
    },
  );
  const services = { linkParts, supervisor, addresses: () => Object.values(facts.addresses) };
  const servants = servantsAddress && (await openServants(options, servantsAddress, services));
  await supervisor.start(known?.targets);
  session.start();
  return { session, supervisor, linkParts, servants, servantsAddress };
}

interface ForServices extends Pick<AgentParts, 'linkParts' | 'supervisor'> {
  readonly addresses: () => readonly string[];
}

function openServants(
  { node, logger }: AgentOptions,
  address: ServantsAddress,
  { linkParts, supervisor, addresses }: ForServices,
): Promise<KeptServants> {
  return keepServants({
    ...address,
    node: { name: node, addresses },
    ...linkParts,
    beats: supervisor.beats,
    configs: supervisor.configs,
    log: logger,
  });
}

interface SessionParts extends AgentOptions {
  readonly controllers: ControllerRing;
  readonly bootId: string;
  readonly targets: TargetSet | undefined;
  readonly supervisor: Supervisor;
  readonly linkParts: LinkParts;
}

function openSession(
  parts: SessionParts,
  handlers: Pick<SessionOptions, 'onTargets' | 'onWelcome' | 'holdings'>,
): Session {
  const { node, controllers, token, ca, bootId, logger, targets, supervisor, linkParts } = parts;
  return new Session({
    node,
    controllers,
    token,
    ...(ca === undefined ? {} : { ca }),
    agentVersion: parts.agentVersion ?? unknownVersion,
    bootId,
    logger,
    targets,
    ...handlers,
    observed: () => supervisor.observed(),
    outputFolderOf: (instance) => supervisor.outputOf(instance)?.folder,
    parts: linkParts.all,
  });
}

/** Begins with the one that it was connected to last. */
function openControllers({ controllerUrls, node, logger }: AgentOptions, dataDir: string) {
  const file = new ControllersFile(join(dataDir, 'controllers'), logger);
  const { learned = [], last } = file.known ?? {};
  const controllers = new ControllerRing({
    named: controllerUrls,
    learned: usableControllers(learned, controllerUrls[0] ?? ''),
    ...(last === undefined ? {} : { first: last }),
    rank: (url) => spread(node, url),
  });
  const keepControllers = () =>
    file.keep({ learned: controllers.learned, last: controllers.current });
  return { controllers, keepControllers };
}

async function openReleases(
  { controllers, token, ca, logger }: AgentOptions & { readonly controllers: ControllerRing },
  dataDir: string,
  pathsInUse: () => ReturnType<Supervisor['releasesInUse']>,
) {
  const packages = controllerPackages({
    controllerUrl: () => controllers.current,
    token,
    ...(ca === undefined ? {} : { ca }),
  });
  const store = await ReleaseStore.open({
    dataDir,
    source: packages,
    now: Date.now,
    pathsInUse,
  });
  const holdings = agentHoldings({ dataDir, servicesFolder: store.folder, logger });
  return { packages, store, holdings };
}

function openGroups({ useControlGroups }: AgentOptions, dataDir: string): ControlGroups {
  return new ControlGroups(groupName(dataDir), useControlGroups === false ? [] : readMounts());
}

function openPorts(dataDir: string, logger: Logger): PortBook {
  return new PortBook(join(dataDir, 'ports'), (why) =>
    logger.warn({ why }, 'ports are chosen anew'),
  );
}

/** What TARS services need of this machine. */
function tarsParts(options: AgentOptions, dataDir: string, bootId: string) {
  const { nodeAgentPath } = options;
  return {
    nodeBinary: options.nodeBinary ?? process.execPath,
    ...(nodeAgentPath === undefined ? {} : { nodeAgentPath }),
    nodeHost: () => exportHost(dataDir, bootId),
    openSecret: secretOpener(options.secretsKeyFile ?? join(dataDir, 'secrets.key')),
    calls: tarsCalls(),
    beatTimeoutMsLeast: options.beatTimeoutMsLeast ?? beatTimeoutMsLeast,
  };
}

/** Damage is never believed: what runs goes on as it was meant, and the full set is asked for. */
function loadTargets(path: string, logger: Logger): TargetSet | undefined {
  const content = readTargets(path);
  if (content.kind === 'damaged') {
    logger.error(
      { path, why: content.why },
      'targets on the disk are damaged and are asked for anew',
    );
  }
  return content.kind === 'value' ? content.value : undefined;
}
