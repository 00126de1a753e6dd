/** What goes on while members are hurt: commits, uploads, and what agents report. */

import { setTimeout as delay } from 'node:timers/promises';
import type { TestAgent } from '../../support/link/test-agent.ts';
import type { ChaosCluster } from './chaos-cluster.ts';
import { report, type ChaosRepository } from './chaos-fleet.ts';
import { ChaosUploads } from './chaos-uploads.ts';

const COMMIT_EVERY_MS = 1_500;
const UPLOAD_EVERY_MS = 700;
const REPORT_EVERY_MS = 200;
const UPLOADS_MAX = 6;

export class ChaosLoad {
  readonly uploads: ChaosUploads;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  readonly #pushing = new Set<Promise<void>>();

  constructor(cluster: ChaosCluster, repository: ChaosRepository, agents: readonly TestAgent[]) {
    this.uploads = new ChaosUploads(cluster);
    const { members } = cluster;
    this.#running = Promise.all([
      this.#repeat(COMMIT_EVERY_MS, () => repository.commit()),
      this.#repeat(REPORT_EVERY_MS, (turn) => report(agents[turn % agents.length]!)),
      this.#repeat(UPLOAD_EVERY_MS, (turn) => {
        if (this.#pushing.size >= UPLOADS_MAX) return;
        const push = this.uploads.push(members[turn % members.length]!);
        this.#pushing.add(push);
        void push.then(() => this.#pushing.delete(push));
      }),
    ]);
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await Promise.all(this.#pushing);
  }

  async #repeat(everyMs: number, act: (turn: number) => void): Promise<void> {
    for (let turn = 0; !this.#stop.signal.aborted; turn += 1) {
      act(turn);
      await delay(everyMs);
    }
  }
}
