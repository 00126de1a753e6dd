/** A controller and agents on loopback, with a repository and packages: as a team would run them. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { startController, type Controller } from '../../../controller/main.ts';
import { startAgent, type Agent } from '../../../nodeagent/main.ts';
import { readLayout } from '../../../nodeagent/output/layout.ts';
import { killTree } from '../../../nodeagent/process/tree.ts';
import { instanceFolders } from '../../../nodeagent/supervisor/instance-folders.ts';
import type { InstanceObserved } from '../../../registry/model.ts';
import type { NotificationResource, ReportResource } from '../../../registry/status/resources.ts';
import { eventually } from '../agent/eventually.ts';
import { sweepControlGroups } from '../agent/sweep-control-groups.ts';
import { TestRepository } from '../git/test-repository.ts';
import { nodesText, type NodePlace } from './fleet-texts.ts';

const logger = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
/** Services in JavaScript take a second to start on a machine that does other things as well. */
const START_MS_MAX = 30_000;
/** Of these, two are not for services. */
const PORTS_PER_NODE = 12;
const FLEETS = 160;

export interface FleetOptions {
  /** Names of nodes; the first is on 127.0.0.1. */
  readonly nodes: readonly string[];
  /** Makes the packages in a folder. */
  readonly packages: (folder: string) => void;
  /** Of the repository, beside its nodes. */
  readonly files: Readonly<Record<string, string>>;
}

/** For the variable CALLS_FILE of a service. */
export const callsFile = '${data}/calls.json';

/** What a service wrote about its calls. */
export interface CallBook {
  /** Of the process that wrote it. */
  readonly pid: number;
  readonly calls: number;
  readonly failed: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** By what answered. */
  readonly places: Readonly<Record<string, number>>;
}

/** Ended with the test. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const fleet = new Fleet(options);
  onTestFinished(() => fleet.end());
  await fleet.start();
  return fleet;
}

export class Fleet {
  readonly folder = mkdtempSync(join(tmpdir(), 'tarsier-fleet-'));
  readonly repository: TestRepository;
  readonly #places: readonly NodePlace[];
  readonly #agents = new Map<string, Agent>();
  #controller: Controller | undefined;
  #url = 'http://127.0.0.1:0';
  #token = '';

  constructor({ nodes, packages, files }: FleetOptions) {
    this.#places = nodes.map(placeOf);
    packages(join(this.folder, 'packages'));
    this.repository = new TestRepository(join(this.folder, 'repository'));
    this.repository.commitFiles({ 'nodes.yaml': nodesText(this.#places), ...files });
  }

  async start(): Promise<void> {
    await this.startController();
    for (const { name } of this.#places) await this.startAgent(name);
  }

  /** Every service is stopped, also one that nobody watches any more. */
  async end(): Promise<void> {
    for (const agent of this.#agents.values()) await agent.close({ stopServices: true });
    await this.#controller?.close();
    for (const { name } of this.#places) {
      const marker = `TARSIER_DATA_DIR=${this.dataDirOf(name)}/`;
      await killTree({ marker, shim: undefined, withShim: true });
      sweepControlGroups(this.dataDirOf(name));
    }
    if (process.env['KEEP'] === undefined)
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  get controller(): Controller {
    if (this.#controller === undefined) throw new Error('there is no controller now');
    return this.#controller;
  }

  /** At the port that it had before, if any. */
  async startController(): Promise<void> {
    this.#controller = await startController({
      dataDir: join(this.folder, 'controller'),
      version: 'test',
      listen: { host: '127.0.0.1', port: Number(new URL(this.#url).port) },
      source: { url: this.repository.folder },
      packagesDir: join(this.folder, 'packages'),
      logger,
    });
    this.#url = this.#controller.url;
    this.#token = this.#controller.readToken('agent');
  }

  async stopController(): Promise<void> {
    await this.#controller?.close();
    this.#controller = undefined;
  }

  async startAgent(node: string): Promise<void> {
    const agent = await startAgent({
      node,
      controllerUrls: [this.#url],
      token: this.#token,
      dataDir: this.dataDirOf(node),
      servants: { host: '127.0.0.1', port: this.servantsPortOf(node) },
      logger,
    });
    this.#agents.set(node, agent);
  }

  /** Its services go on. */
  async stopAgent(node: string): Promise<void> {
    await this.#agents.get(node)?.close({ stopServices: false });
    this.#agents.delete(node);
  }

  dataDirOf(node: string): string {
    return join(this.folder, 'agents', node);
  }

  /** Where services of the node find the framework. */
  servantsPortOf(node: string): number {
    return this.#placeOf(node).portRange.to + 1;
  }

  /** Nobody listens there, unless the test does. */
  sparePortOf(node: string): number {
    return this.#placeOf(node).portRange.to + 2;
  }

  observed(instance: string): InstanceObserved | undefined {
    const node = instance.slice(instance.indexOf('@') + 1);
    return this.#agents
      .get(node)
      ?.observed()
      .find((one) => one.instance === instance);
  }

  /** Resolves when the instance runs, and as `check` wants it. */
  async running(
    instance: string,
    check: (observed: InstanceObserved) => boolean = () => true,
  ): Promise<InstanceObserved> {
    return eventually(
      () => {
        const observed = this.observed(instance);
        return observed?.phase === 'running' && check(observed) ? observed : undefined;
      },
      () => `${this.#describe(instance)}\n${this.output(instance)}`,
      START_MS_MAX,
    );
  }

  /** What its process wrote, all runs. */
  output(instance: string): string {
    const [service = '', node = ''] = instance.split('@');
    const { log } = instanceFolders(this.dataDirOf(node), service);
    return readLayout(log)
      .live.map(({ path }) => readFileSync(path, 'utf8'))
      .join('');
  }

  /** What the agent noted of its newest run. */
  journal(instance: string): string {
    const [service = '', node = ''] = instance.split('@');
    const { runs } = instanceFolders(this.dataDirOf(node), service);
    const newest = readdirSync(runs).toSorted().at(-1) ?? '';
    return readFileSync(join(runs, newest, 'journal'), 'utf8');
  }

  /** What a service wrote at `callsFile`. */
  calls(instance: string): CallBook {
    const [service = '', node = ''] = instance.split('@');
    const path = join(instanceFolders(this.dataDirOf(node), service).data, 'calls.json');
    if (!existsSync(path)) return { pid: 0, calls: 0, failed: 0, reasons: {}, places: {} };
    return JSON.parse(readFileSync(path, 'utf8')) as CallBook;
  }

  async reports(): Promise<readonly ReportResource[]> {
    return this.#list<ReportResource>('reports');
  }

  async notifications(service: string): Promise<readonly NotificationResource[]> {
    return this.#list<NotificationResource>(`notifications?service=${service}`);
  }

  /** A remote log, as the controller keeps it. */
  log(file: string): string {
    const path = join(this.folder, 'controller', 'collect', 'logs', file);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  async #list<T>(what: string): Promise<readonly T[]> {
    const response = await fetch(`${this.#url}/api/v1/${what}`, {
      headers: { authorization: `Bearer ${this.controller.readToken('read')}` },
    });
    const { items } = (await response.json()) as { items: readonly T[] };
    return items;
  }

  #placeOf(node: string): NodePlace {
    const place = this.#places.find(({ name }) => name === node);
    if (place === undefined) throw new Error(`no node ${node}`);
    return place;
  }

  #describe(instance: string): string {
    const faults = this.#controller?.pipeline.faults.current ?? [];
    return `${instance}: ${JSON.stringify(this.observed(instance))}; faults: ${JSON.stringify(faults)}`;
  }
}

/** Every test process has ports of its own, so that fleets side by side never want the same one. */
function placeOf(name: string, index: number): NodePlace {
  const worker = process.pid + Number(process.env['VITEST_POOL_ID'] ?? 0) * 53;
  const from = 10_000 + (worker % FLEETS) * PORTS_PER_NODE * 5 + index * PORTS_PER_NODE;
  const portRange = { from, to: from + PORTS_PER_NODE - 3 };
  return { name, address: `127.0.0.${index + 1}`, portRange };
}
