/** A supervisor with the port at which TARS services report to it; ends every process when the test ends. */

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { steadyClock } from '../../../nodeagent/clock.ts';
import { defaultOutputLimits } from '../../../nodeagent/output/instance-output.ts';
import { ControlGroups } from '../../../nodeagent/process/control-groups.ts';
import { readBootId } from '../../../nodeagent/process/identity.ts';
import { killTree } from '../../../nodeagent/process/tree.ts';
import { PortBook } from '../../../nodeagent/state/port-book.ts';
import { tarsCalls } from '../../../nodeagent/supervisor/admin/tars-calls.ts';
import type { SupervisorContext } from '../../../nodeagent/supervisor/context.ts';
import { secretOpener } from '../../../nodeagent/supervisor/secrets/secret-opener.ts';
import { Supervisor } from '../../../nodeagent/supervisor/supervisor.ts';
import type { InstanceObserved, InstanceTarget } from '../../../registry/model.ts';
import { ServerF } from '../../../tars/framework/server-f.ts';
import { servant, type ServantTable } from '../../../tars/rpc/servant.ts';
import { startTarsServer, type TarsServer } from '../../../tars/rpc/server.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { silentLogger } from './agent-lab.ts';
import { eventually } from './eventually.ts';
import { testFacts, testNode } from './targets.ts';

const serviceProgram = fileURLToPath(new URL('tars-service-process.ts', import.meta.url));

export class SupervisorLab {
  readonly dataDir: string;
  readonly #server: TarsServer;
  #supervisor: Supervisor | undefined;
  /** Beats that came, by what they say. */
  readonly heard: string[] = [];

  private constructor(dataDir: string, server: TarsServer) {
    this.dataDir = dataDir;
    this.#server = server;
  }

  static async open(): Promise<SupervisorLab> {
    const table: ServantTable = new Map([
      [
        'tars.tarsnode.ServerObj',
        servant(ServerF, {
          keepAlive: ({ serverInfo: { application, serverName, pid, adapter } }) => {
            lab.heard.push(`alive ${adapter}`);
            const beat = { service: `${application}.${serverName}`, pid, adapter };
            return { ret: lab.#supervisor?.beats.keepAlive(beat) === true ? 0 : -1 };
          },
          keepActiving: ({ serverInfo: { application, serverName, pid } }) => {
            lab.heard.push('activating');
            const beat = { service: `${application}.${serverName}`, pid };
            return { ret: lab.#supervisor?.beats.keepActiving(beat) === true ? 0 : -1 };
          },
          reportVersion: ({ app, serverName, version }) => {
            const isKnown = lab.#supervisor?.beats.reportVersion(`${app}.${serverName}`, version);
            return { ret: isKnown === true ? 0 : -1 };
          },
          getLatestKeepAliveTime: () => ({
            ret: lab.#supervisor?.beats.latestKeepAliveSeconds() ?? 0,
          }),
        }),
      ],
    ]);
    const server = await startTarsServer({
      host: '127.0.0.1',
      port: 0,
      servants: table,
      log: silentLogger,
    });
    const lab: SupervisorLab = new SupervisorLab(temporaryFolder(), server);
    onTestFinished(async () => {
      await lab.close();
      await killTree({
        marker: `TARSIER_DATA_DIR=${lab.dataDir}/`,
        shim: undefined,
        withShim: true,
      });
      await server.close(0);
    });
    return lab;
  }

  get supervisor(): Supervisor {
    if (this.#supervisor === undefined) throw new Error('no supervisor runs');
    return this.#supervisor;
  }

  get servantsPort(): number {
    return this.#server.port;
  }

  /** An agent before this one, if any, is closed first; its services go on. */
  async start(
    targets: readonly InstanceTarget[] | undefined,
    options: Partial<SupervisorContext> = {},
  ): Promise<void> {
    await this.close();
    const { dataDir } = this;
    this.#supervisor = new Supervisor({
      node: testNode,
      dataDir,
      bootId: readBootId(),
      clock: steadyClock(),
      controlGroups: new ControlGroups('tarsier-test', []),
      ports: new PortBook(join(dataDir, 'ports'), () => undefined),
      releases: {
        install: async () => ({ folder: dataDir, changedPaths: [] }),
        activate: async () => ({ folder: dataDir, changedPaths: [] }),
      },
      nodeBinary: process.execPath,
      openSecret: secretOpener(join(dataDir, 'secrets.key')),
      calls: tarsCalls(),
      beatTimeoutMsLeast: 1500,
      servantsAddress: () => ({ host: '127.0.0.1', port: this.#server.port }),
      hearsServices: () => true,
      outputLimits: defaultOutputLimits,
      logger: silentLogger,
      facts: () => testFacts,
      onObserved: () => undefined,
      onGone: () => undefined,
      ...options,
    });
    await this.#supervisor.start(targets);
  }

  async close(): Promise<void> {
    await this.#supervisor?.close();
    this.#supervisor = undefined;
  }

  /** Puts the program of a TARS service where a release would be. */
  installService(service: string): void {
    const folder = this.path(service, 'data');
    mkdirSync(folder, { recursive: true });
    const program = join(folder, service.split('.')[1] ?? '');
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${serviceProgram}' "$@"\n`);
    chmodSync(program, 0o755);
  }

  observed(service: string): InstanceObserved | undefined {
    const instances = this.#supervisor?.observed() ?? [];
    return instances.find(({ instance }) => instance === `${service}@${testNode}`);
  }

  async until(
    service: string,
    check: (observed: InstanceObserved) => boolean,
  ): Promise<InstanceObserved> {
    return eventually(
      () => {
        const observed = this.observed(service);
        return observed !== undefined && check(observed) ? observed : undefined;
      },
      () => `${service}: ${JSON.stringify(this.observed(service))} ${this.notes(service)}`,
      20_000,
    );
  }

  /** What the service noted, line by line. */
  notes(service: string): readonly string[] {
    const path = this.path(service, 'data', 'notes');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  path(service: string, ...parts: string[]): string {
    return join(this.dataDir, 'services', service, ...parts);
  }
}
