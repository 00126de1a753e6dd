/** Reads from members that are not hurt, ten times a second: HTTP and lookups must always answer. */

import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { QueryF } from '../../../tars/framework/query-f.ts';
import { TarsClient } from '../../../tars/rpc/client.ts';
import type { ChaosCluster } from './chaos-cluster.ts';
import type { ChaosMember } from './chaos-member.ts';
import { lookedUp } from './chaos-fleet.ts';

const EVERY_MS = 100;
const ANSWER_MS_MAX = 5_000;

export class ChaosProbe {
  readonly failures: string[] = [];
  reads = 0;
  slowestMs = 0;
  readonly #cluster: ChaosCluster;
  readonly #spared: () => readonly ChaosMember[];
  readonly #stop = new AbortController();
  readonly #client = new TarsClient();
  readonly #agent: Agent;
  readonly #running: Promise<void>;

  /** `spared`: those that are not hurt now, and have not been since some time. */
  constructor(cluster: ChaosCluster, spared: () => readonly ChaosMember[]) {
    this.#cluster = cluster;
    this.#spared = spared;
    this.#agent = new Agent({ connect: { ca: cluster.file.tls.ca } });
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#agent.destroy();
    await this.#client.close();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await Promise.all(this.#spared().map((member) => this.#read(member)));
      await delay(EVERY_MS);
    }
  }

  async #read(member: ChaosMember): Promise<void> {
    const startMs = performance.now();
    try {
      await Promise.all([this.#readStatus(member), this.#lookUp(member)]);
    } catch (error) {
      // A fault that began meanwhile explains it.
      if (!this.#spared().includes(member)) return;
      this.failures.push(`${member.name} at ${new Date().toISOString()}: ${String(error)}`);
    }
    this.reads += 1;
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
  }

  async #readStatus(member: ChaosMember): Promise<void> {
    const { statusCode, body } = await request(`${member.url}/api/v1/nodes`, {
      headers: { authorization: `Bearer ${this.#cluster.file.tokens.read}` },
      dispatcher: this.#agent,
      headersTimeout: ANSWER_MS_MAX,
      bodyTimeout: ANSWER_MS_MAX,
    });
    const { items } = (await body.json()) as { items?: readonly unknown[] };
    if (statusCode !== 200 || !items?.length) throw new Error(`status ${statusCode}`);
  }

  async #lookUp(member: ChaosMember): Promise<void> {
    const endpoint = { host: member.host, port: member.settings.locatorPort };
    const query = this.#client.proxy(endpoint, 'tars.tarsregistry.QueryObj', QueryF);
    const { ret } = await query.findObjectById({ id: lookedUp });
    if (ret.length === 0) throw new Error('looked up, and found no endpoint');
  }
}
