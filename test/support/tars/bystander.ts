/** A well-behaved client that calls all the time, to show that abuse by others does not touch it. */

import type { TarsClient } from '../../../tars/rpc/client.ts';
import { ECHO_OBJECT, testClient, type EchoServer } from './echo-server.ts';
import { EchoF } from './echo-interface.ts';

export class Bystander {
  answers = 0;
  slowestMs = 0;
  /** The most bytes that the server held at any look. */
  bufferedBytesMax = 0;
  readonly #client: TarsClient;
  readonly #server: EchoServer;
  #stopped = false;
  readonly #running: Promise<void>;

  constructor(server: EchoServer) {
    this.#server = server;
    this.#client = testClient();
    this.#running = this.#run();
  }

  /** Fails when any of its calls failed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    this.#client.close();
  }

  async #run(): Promise<void> {
    const proxy = this.#client.proxy(this.#server.endpoint, ECHO_OBJECT, EchoF);
    while (!this.#stopped) {
      const began = performance.now();
      const sum = await proxy.add({ left: BigInt(this.answers), right: 1n });
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
      if (sum.ret !== BigInt(this.answers + 1)) throw new Error(`a wrong sum: ${sum.ret}`);
      this.answers += 1;
      const { bufferedBytes } = this.#server.server.stats();
      this.bufferedBytesMax = Math.max(this.bufferedBytesMax, bufferedBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
