/** Three servers on disks whose power can be cut. Nobody starts them again but the test. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { expect, onTestFinished } from 'vitest';
import type { ClusterFile } from '../../../controller/cluster/cluster-file.ts';
import { createCluster } from '../../../controller/cluster/create-cluster.ts';
import {
  engineLogin,
  engineServers,
  serverSettings,
} from '../../../controller/cluster/engine-settings.ts';
import { writeGeneration } from '../../../replica/drivers/jetstream/server/generation-folder.ts';
import {
  launchServer,
  type ServerHandle,
} from '../../../replica/drivers/jetstream/server/launch-server.ts';
import {
  findRunningServers,
  isRunning,
  signalServer,
} from '../../../replica/drivers/jetstream/server/process-table.ts';
import { freePorts } from '../../support/engine/free-ports.ts';
import { memoryFolder } from '../../support/temporary-folder.ts';
import { cutPower, openPowerDisk, type PowerDisk } from './power-disk.ts';

/** `default` is that of the server: every two minutes, and not before an acknowledgement. */
export type SyncInterval = 'always' | 'default';

export interface PowerMember {
  readonly file: ClusterFile;
  readonly disk: PowerDisk;
  readonly configFile: string;
}

const GENERATED = '  sync_interval: always\n';
const STORE_BYTES_MAX = 128 * 2 ** 20;

export class PowerCluster {
  readonly members: readonly PowerMember[];
  /** Survives every loss of power. */
  readonly folder: string;
  readonly #binary: string;
  readonly #handles = new Map<PowerMember, ServerHandle>();

  private constructor(binary: string, folder: string, members: readonly PowerMember[]) {
    this.#binary = binary;
    this.folder = folder;
    this.members = members;
  }

  /** Not started yet. Everything ends with the test. */
  static async create(binary: string, syncInterval: SyncInterval): Promise<PowerCluster> {
    const folder = memoryFolder();
    const names = ['a', 'b', 'c'];
    const ports = await freePorts(3 * names.length);
    const { files } = await createCluster(
      'power',
      names.map((name, at) => {
        const [apiPort = 0, enginePort = 0, routePort = 0] = ports.slice(3 * at);
        return { name, host: '127.0.0.1', apiPort, enginePort, routePort };
      }),
      new Date(),
    );
    const members: PowerMember[] = [];
    for (const file of files) {
      const disk = openPowerDisk(folder, file.member);
      const configFile = await writeConfig(file, join(folder, 'config', file.member), {
        disk,
        syncInterval,
      });
      members.push({ file, disk, configFile });
    }
    onTestFinished(() => {
      for (const server of findRunningServers(folder)) signalServer(server, 'SIGKILL');
    });
    return new PowerCluster(binary, folder, members);
  }

  /** All that do not run. They need each other: waiting for them is the client's part. */
  async start(): Promise<void> {
    for (const member of this.members) {
      const known = this.#handles.get(member);
      if (known !== undefined && isRunning(known.process)) continue;
      const handle = await launchServer({
        binary: this.#binary,
        configFile: member.configFile,
        storeDir: storeOf(member.disk),
        lastWordsFile: `${member.configFile}.last-words`,
      });
      this.#handles.set(member, handle);
    }
  }

  /** Cuts the power of some members and kills the others; then the machines are there again, without servers. */
  async cut(victims: readonly PowerMember[]): Promise<void> {
    const disks = victims.map(({ disk }) => disk);
    cutPower(
      disks,
      this.#running(victims).map((handle) => handle.process),
    );
    for (const { process } of this.#running(this.members)) signalServer(process, 'SIGKILL');
    await Promise.all([...this.#handles.values()].map(({ ended }) => ended));
  }

  /** What the disks of the victims have after the cut. Nobody may have a file on them open. */
  restorePower(victims: readonly PowerMember[]): void {
    for (const { disk } of victims) disk.restore();
  }

  /** The end of what the servers logged, for a failure. */
  lastWords(): string {
    return this.members
      .map(({ configFile, file }) => `${file.member}:\n${tail(`${configFile}.log`)}`)
      .join('\n');
  }

  connect({ file }: PowerMember): Promise<NatsConnection> {
    return connect({
      servers: [...engineServers(file)],
      ...engineLogin(file),
      noEcho: true,
      noRandomize: true,
      waitOnFirstConnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
    });
  }

  #running(members: readonly PowerMember[]): readonly ServerHandle[] {
    return members.flatMap((member) => {
      const handle = this.#handles.get(member);
      return handle !== undefined && isRunning(handle.process) ? [handle] : [];
    });
  }
}

function storeOf({ folder }: PowerDisk): string {
  return join(folder, 'store');
}

/** The configuration that the product makes, and for the control the same without its promise. */
async function writeConfig(
  file: ClusterFile,
  folder: string,
  { disk, syncInterval }: { readonly disk: PowerDisk; readonly syncInterval: SyncInterval },
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, 'nats-server.conf');
  const settings = {
    ...serverSettings(file, STORE_BYTES_MAX),
    storeDir: storeOf(disk),
    logFile: `${configFile}.log`,
  };
  const generation = await writeGeneration(folder, settings, 'test');
  const config = readFileSync(generation.configFile, 'utf8');
  expect(config).toContain(GENERATED);
  writeFileSync(configFile, syncInterval === 'always' ? config : config.replace(GENERATED, ''), {
    mode: 0o600,
  });
  return configFile;
}

function tail(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').split('\n').slice(-20).join('\n');
  } catch {
    return '';
  }
}
