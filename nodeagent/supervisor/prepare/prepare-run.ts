/** Turns a target into one concrete start: ports, folders, files, commands, environment, limits. */

import { chownSync, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { NodeFacts } from '../../../link/messages/messages.ts';
import type { InstanceEndpoint, InstanceTarget, TimeMs } from '../../../registry/model.ts';
import type { InstanceRevision } from '../../../spec/desired-state.ts';
import type { ControlGroups } from '../../process/control-groups.ts';
import { renderServiceConfig } from '../../tars-config/service-config.ts';
import type { ActiveRelease } from '../context.ts';
import type { InstanceFolders } from '../instance-folders.ts';
import { newRunId } from '../run/run-folder.ts';
import type { RunIntent } from '../run/run-intent.ts';
import { writeConfigFiles } from './config-files.ts';
import { buildEnvironment } from './environment.ts';
import type { MacroValues } from './macros.ts';
import { renderCommands, renderEnvironment } from './render.ts';
import { startCommand } from './start-command.ts';
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
  readonly controlGroups: ControlGroups;
  readonly bootId: string;
  readonly now: TimeMs;
  readonly nodeBinary: string;
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
  const files = [...content.files, ...tarsFiles(source, folder)];
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
    endpoints: endpointsOf(content, macros),
    ...renderCommands(content, macros, startCommand(content, folder, source.nodeBinary)),
    folder,
    env: environmentOf(source, macros, user),
    outputPosition: source.outputPosition,
    restarts: source.restarts,
    changedPaths: source.release?.changedPaths ?? [],
    ...groups,
    ...(user === undefined ? {} : { user }),
    ...(shimGroup === undefined ? {} : { shimGroup }),
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

const TARS_CONFIG_SUFFIX = '.config.conf';

function tarsFiles(source: PrepareSource, folder: string): { path: string; content: string }[] {
  const { content, service } = source.target;
  if (content.type === 'process') return [];
  const text = renderServiceConfig({
    service,
    node: source.node,
    address: addressOf(source.facts),
    basePath: folder,
    dataPath: source.folders.data,
    logPath: source.folders.tarsLog,
    stopTimeoutMs: content.stopTimeoutMs,
    servants: content.servants,
    ports: source.ports,
    template: content.template,
  });
  return [{ path: `${service}${TARS_CONFIG_SUFFIX}`, content: text }];
}

function endpointsOf(content: InstanceRevision, macros: MacroValues): InstanceEndpoint[] {
  return content.servants.map(({ name, protocol, weight }) => ({
    servant: name,
    protocol,
    host: macros.address,
    port: macros.ports.get(name) ?? 0,
    weight,
  }));
}

function environmentOf(
  source: PrepareSource,
  macros: MacroValues,
  user: ServiceUser | undefined,
): Record<string, string> {
  const { target, folders } = source;
  const { content } = target;
  const tars =
    content.type === 'process'
      ? {}
      : { TARS_CONFIG: join(folders.conf, `${target.service}${TARS_CONFIG_SUFFIX}`) };
  return buildEnvironment({
    instance: target.instance,
    service: target.service,
    version: content.release?.version,
    revision: target.revision,
    macros,
    home: user === undefined ? userInfo().homedir : folders.data,
    nodeFolder: dirname(source.nodeBinary),
    env: { ...tars, ...renderEnvironment(content, macros) },
  });
}
