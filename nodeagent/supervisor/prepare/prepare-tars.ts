/** Everything about a start that only a service of a TARS type has: its configuration, its launch, its ports. */

import { join } from 'node:path';
import type { NodeFacts } from '../../../link/messages/messages.ts';
import type { InstanceRevision, TarsType } from '../../../spec/desired-state.ts';
import { printConfigText } from '../../../tars/config/config-text.ts';
import { reachedAt } from '../../tars-config/bind-host.ts';
import { adapterName, buildServiceConfig } from '../../tars-config/service-config.ts';
import type { ServantsAddress } from '../../tars-config/service-config-source.ts';
import {
  beatTimeoutMs,
  parseEnvironmentKey,
  retainDays,
  templateKeys,
  type TemplateKeys,
} from '../../tars-config/template-keys.ts';
import type { InstanceFolders } from '../instance-folders.ts';
import { findBinFolder } from '../launch/bin-folder.ts';
import { javaOptions } from '../launch/java-options.ts';
import { planLaunch, type Launch } from '../launch/launch.ts';
import { findExecutable } from '../launch/native-command.ts';
import type { OpenedSecrets } from '../secrets/open-secrets.ts';
import type { TarsRun } from '../run/run-intent.ts';
import type { ConfigFile } from './config-files.ts';

const CONFIG_SUFFIX = '.config.conf';

export type TarsRevision = InstanceRevision & { readonly type: TarsType };

export function isTars(content: InstanceRevision): content is TarsRevision {
  return content.type !== 'process';
}

/** What this machine offers to the services on it. */
export interface TarsMachine {
  /** Node for Tars.js services whose package brings none. */
  readonly nodeBinary: string;
  /** Folder of the node-agent for Tars.js services whose package brings none. */
  readonly nodeAgentPath: string | undefined;
  /** Exports the host for Tars.js programs without a node-agent, and says where it is. */
  readonly nodeHost: (() => string) | undefined;
  readonly servantsAddress: ServantsAddress | undefined;
  /** No silence that is shorter restarts a service. */
  readonly beatTimeoutMsLeast: number;
}

export interface TarsSource {
  readonly content: TarsRevision;
  readonly node: string;
  readonly facts: NodeFacts;
  readonly folders: Pick<InstanceFolders, 'conf' | 'data' | 'tarsLog' | 'lib'>;
  readonly releaseFolder: string;
  /** By servant name. */
  readonly ports: ReadonlyMap<string, number>;
  readonly adminPort: number;
  readonly secrets: OpenedSecrets;
  readonly machine: TarsMachine;
}

export interface TarsPreparation {
  readonly bin: string;
  readonly file: ConfigFile;
  readonly launch: Launch;
  readonly env: Readonly<Record<string, string>>;
  readonly run: TarsRun;
}

/** Reads the release, and changes nothing. Fails with `AGENT_START_UNKNOWN`. */
export function prepareTars(source: TarsSource): TarsPreparation {
  const { content, folders, machine } = source;
  const bin = findBinFolder(source.releaseFolder);
  const name = `${content.service}${CONFIG_SUFFIX}`;
  const conf = join(folders.conf, name);
  const config = buildServiceConfig({
    service: content.service,
    type: content.type,
    node: source.node,
    addresses: source.facts.addresses,
    basePath: bin,
    dataPath: folders.data,
    logPath: folders.tarsLog,
    exe: programOf(content, bin, machine),
    stopTimeoutMs: content.stopTimeoutMs,
    servants: content.servants,
    ports: source.ports,
    adminPort: source.adminPort,
    servantsAddress: machine.servantsAddress,
    servantKeys: source.secrets.servants,
    callerKeys: source.secrets.calls,
    set: content.set,
    template: content.template,
  });
  const keys = templateKeys(config);
  const { nodeBinary, nodeAgentPath, servantsAddress } = machine;
  const nodeHost = servantsAddress === undefined ? undefined : machine.nodeHost;
  const launch = planLaunch({ content, bin, conf, keys, nodeBinary, nodeAgentPath, nodeHost });
  return {
    bin,
    file: { path: name, content: printConfigText(config), keepPrevious: true },
    launch,
    env: environmentOf(source, { bin, conf, keys }),
    run: runOf(source, launch, keys),
  };
}

/** As `${exe}` in a template. */
function programOf(content: TarsRevision, bin: string, machine: TarsMachine): string {
  if (content.type === 'tars-nodejs') return machine.nodeBinary;
  if (content.type === 'tars-java') return 'java';
  if (content.type === 'tars-php') return 'php';
  const [, server = ''] = content.service.split('.');
  return findExecutable(bin, content.service) ?? join(bin, server);
}

interface Found {
  readonly bin: string;
  readonly conf: string;
  readonly keys: TemplateKeys;
}

/** Under what the spec says: that wins. Libraries are found beside the program, and in a folder for all. */
function environmentOf(source: TarsSource, { bin, conf, keys }: Found): Record<string, string> {
  const { content, folders } = source;
  const own = parseEnvironmentKey(keys.get('env') ?? '');
  const given = (name: string): string | undefined => content.env[name] ?? own[name];
  const libraries = [given('LD_LIBRARY_PATH'), bin, folders.lib];
  return {
    ...own,
    TARS_CONFIG: conf,
    ...content.env,
    LD_LIBRARY_PATH: libraries.filter((path) => path !== undefined).join(':'),
    ...(content.type === 'tars-java'
      ? { JDK_JAVA_OPTIONS: javaOptions(given('JDK_JAVA_OPTIONS')) }
      : {}),
  };
}

function runOf(source: TarsSource, launch: Launch, keys: TemplateKeys): TarsRun {
  const { content, facts, machine, ports } = source;
  const servants = new Map(
    content.servants.map((servant) => [adapterName(content.service, servant.name), servant]),
  );
  return {
    adminPort: source.adminPort,
    hasAdmin: launch.admin,
    stopSignal: launch.stopSignal,
    beats: machine.servantsAddress === undefined ? 'none' : launch.beats,
    beatTimeoutMs: beatTimeoutMs(keys.get('hearttimeout'), machine.beatTimeoutMsLeast),
    logDays: retainDays(keys.get('retainDayLog')),
    coreDays: retainDays(keys.get('retainDayCore')),
    adapters: keys.adapters.map((name) => {
      const servant = servants.get(name);
      if (servant === undefined) return { name };
      const host = reachedAt(servant, facts.addresses)[0] ?? '127.0.0.1';
      const port = ports.get(servant.name) ?? 0;
      const canAnswer = servant.protocol === 'tars' && servant.auth === undefined;
      const object = `${content.service}.${servant.name}`;
      return { name, host, port, ...(canAnswer ? { object } : {}) };
    }),
  };
}
