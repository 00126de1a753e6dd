/** Calls `sayHello` of Demo.HelloServer.HelloObj over the TARS protocol, and prints the answer. */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { client } = require('@tars/rpc');
const { TarsInputStream, TarsOutputStream } = require('@tars/stream');

interface Worker {
  tars_invoke(
    method: string,
    body: unknown,
    options: unknown,
  ): Promise<{ response: { sBuffer: unknown } }>;
}

/** The client half of hello.tars. */
class HelloProxy {
  /** Set by the TARS library. */
  declare _worker: Worker;

  async sayHello(name: string): Promise<string> {
    const output = new TarsOutputStream();
    output.writeString(1, name);
    // oxlint-disable-next-line no-underscore-dangle -- the name that the TARS library sets.
    const answer = await this._worker.tars_invoke('sayHello', output.getBinBuffer(), {});
    return new TarsInputStream(answer.response.sBuffer).readString(0, true, '');
  }
}

const [port, name = 'world'] = process.argv.slice(2);
if (port === undefined) {
  console.error('usage: node cluster-examples/quickstart/call-hello.ts PORT [NAME]');
  process.exit(2);
}
const proxy: HelloProxy = client.stringToProxy(
  HelloProxy,
  `Demo.HelloServer.HelloObj@tcp -h 127.0.0.1 -p ${port} -t 3000`,
);
console.log(await proxy.sayHello(name));
client.disconnect();
// The library's timers would keep the process for some seconds more.
process.exit(0);
