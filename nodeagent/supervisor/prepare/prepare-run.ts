/** Turns a target into one concrete start: ports, folders, files, commands, environment, limits. */

import { chownSync, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import type { NodeFacts } from '../../../link/messages/messages.ts';
import type { InstanceEndpoint, InstanceTarget, TimeMs } from '../../../registry/model.ts';
import type { InstanceRevision } from '../../../spec/desired-state.ts';
import type { ControlGroups } from '../../process/control-groups.ts';
import { reachedAt } from '../../tars-config/bind-host.ts';
import type { ActiveRelease } from '../context.ts';
import type { InstanceFolders } from '../instance-folders.ts';
import { newRunId } from '../run/run-folder.ts';
import type { RunIntent } from '../run/run-intent.ts';
import type { OpenedSecrets } from '../secrets/open-secrets.ts';
import { writeConfigFiles } from './config-files.ts';
import { buildEnvironment } from './environment.ts';
import type { MacroValues } from './macros.ts';
import { isTars, prepareTars, type TarsMachine, type TarsPreparation } from './prepare-tars.ts';
import { renderCommands, renderEnvironment } from './render.ts';
import { openBinFolder } from './open-bin-folder.ts';
import { ownStart } from './own-start.ts';
import { findUser, type ServiceUser } from './users.ts';

export interface PrepareSource {
  readonly target: InstanceTarget;
  readonly node: string;
  readonly facts: NodeFacts;
  readonly folders: InstanceFolders;
  /** `undefined` for a service that runs a program of the machine. */
  readonly release: ActiveRelease | undefined;
  /** By servant name. */
  readonly ports: ReadonlyMap<string, number>;
  /** Of the admin servant; only services of TARS types have one. */
  readonly adminPort: number | undefined;
  readonly secrets: OpenedSecrets;
  readonly machine: TarsMachine;
  readonly controlGroups: ControlGroups;
  readonly bootId: string;
  readonly now: TimeMs;
  readonly outputPosition: number;
  readonly restarts: number;
}

/** Writes the configuration files; safe to repeat. Errors are about this instance, and coded. */
export async function prepareRun(source: PrepareSource): Promise<RunIntent> {
  const { target, folders } = source;
  const { content } = target;
  const user =
    content.user === undefined ? undefined : await findUser(content.user, target.service);
  makeFolders(source, user);
  const folder = source.release?.folder ?? folders.data;
  const macros: MacroValues = {
    node: source.node,
    address: addressOf(source.facts),
    conf: folders.conf,
    data: folders.data,
    release: folder,
    ports: source.ports,
  };
  const tars = prepareTarsPart(source, folder);
  if (tars !== undefined) openBinFolder(tars.bin, content, user);
  const files = tars === undefined ? content.files : [...content.files, tars.file];
  writeConfigFiles(
    {
      folder: folders.conf,
      listPath: folders.confList,
      ...(user === undefined ? {} : { owner: user }),
    },
    files,
  );
  const runId = newRunId(source.now);
  const groups = source.controlGroups.create(runId, content.limits);
  const { shimGroup } = source.controlGroups;
  return {
    runId,
    bootId: source.bootId,
    startedAt: source.now,
    target,
    endpoints: endpointsOf(content, source),
    ...renderCommands(content, macros, tars?.launch.command ?? ownStart(content)),
    folder,
    env: environmentOf(source, { macros, user, tars }),
    outputPosition: source.outputPosition,
    restarts: source.restarts,
    changedPaths: source.release?.changedPaths ?? [],
    ...groups,
    ...(user === undefined ? {} : { user }),
    ...(shimGroup === undefined ? {} : { shimGroup }),
    ...tarsIntent(source, tars),
  };
}

/** The first address is the one that services are reached at. */
function addressOf(facts: NodeFacts): string {
  return Object.values(facts.addresses)[0] ?? '127.0.0.1';
}

/** Only what a service must write belongs to its user: the agent never follows what it finds elsewhere. */
function makeFolders(source: PrepareSource, user: ServiceUser | undefined): void {
  const { folders, target } = source;
  for (const folder of [folders.root, folders.conf, folders.runs]) {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  }
  const own = target.content.type === 'process' ? [folders.data] : [folders.data, folders.tarsLog];
  for (const folder of own) {
    mkdirSync(folder, { recursive: true, mode: user === undefined ? 0o700 : 0o750 });
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
  }
}

function prepareTarsPart(source: PrepareSource, folder: string): TarsPreparation | undefined {
  const { content } = source.target;
  if (!isTars(content)) return undefined;
  return prepareTars({
    content,
    node: source.node,
    facts: source.facts,
    folders: source.folders,
    releaseFolder: folder,
    ports: source.ports,
    adminPort: source.adminPort ?? 0,
    secrets: source.secrets,
    machine: source.machine,
  });
}

/**
 * Unmodified services expect to be in the folder of their logs: core files and relative paths go
 * there. What a service says itself with `run.start` works in its release, as documented.
 */
function tarsIntent(source: PrepareSource, tars: TarsPreparation | undefined): Partial<RunIntent> {
  if (tars === undefined) return {};
  const { remark, folder } = tars.launch;
  const isOwn = source.target.content.start !== undefined;
  return {
    tars: tars.run,
    ...(isOwn ? {} : { workFolder: folder ?? source.folders.tarsLog }),
    ...(remark === undefined ? {} : { remark }),
  };
}

/** One for each network that the servant is reached on. */
function endpointsOf(content: InstanceRevision, source: PrepareSource): InstanceEndpoint[] {
  return content.servants.flatMap((servant) =>
    reachedAt(servant, source.facts.addresses).map((host) => ({
      servant: servant.name,
      protocol: servant.protocol,
      host,
      port: source.ports.get(servant.name) ?? 0,
      weight: servant.weight,
    })),
  );
}

interface EnvironmentParts {
  readonly macros: MacroValues;
  readonly user: ServiceUser | undefined;
  readonly tars: TarsPreparation | undefined;
}

function environmentOf(source: PrepareSource, parts: EnvironmentParts): Record<string, string> {
  const { target, folders } = source;
  const { content } = target;
  const env = { ...content, env: parts.tars?.env ?? content.env };
  return buildEnvironment({
    instance: target.instance,
    service: target.service,
    version: content.release?.version,
    revision: target.revision,
    macros: parts.macros,
    home: parts.user === undefined ? userInfo().homedir : folders.data,
    nodeFolder: dirname(source.machine.nodeBinary),
    env: renderEnvironment(env, parts.macros),
  });
}
