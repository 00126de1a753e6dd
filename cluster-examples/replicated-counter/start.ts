/**
 * One process of the service: `node start.ts --directory data --port 7500`. For three of them over
 * NATS, each also gets `--engine jetstream --servers HOST:PORT,… --peer-port PORT --peers URL,URL`,
 * and the shared secret in COUNTER_PEER_TOKEN.
 */

import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { openReplica } from '../../replica/main.ts';
import { counterMachine } from './counter-machine.ts';
import { engineNames, isEngineName, openEngine } from './open-engine.ts';
import { serve } from './serve.ts';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'embedded' },
    directory: { type: 'string', default: 'counter-data' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '7500' },
    servers: { type: 'string', default: '127.0.0.1:4222' },
    'peer-port': { type: 'string', default: '7501' },
    peers: { type: 'string', default: '' },
  },
});

const { engine: engineName, directory, host, port } = values;
if (!isEngineName(engineName)) {
  console.error(`There is no engine ${engineName}. Take one of: ${engineNames.join(', ')}.`);
  process.exit(2);
}

const engine = await openEngine(engineName, {
  directory,
  servers: values.servers.split(','),
  peerPort: Number(values['peer-port']),
  peers: values.peers.split(',').filter((url) => url !== ''),
  peerToken: process.env['COUNTER_PEER_TOKEN'] ?? '',
});
const { log, blobs } = engine;
const replica = await openReplica({
  log,
  blobs,
  machine: counterMachine,
  onSnapshotFailed: (error) => console.error('a snapshot failed, the next one comes later', error),
});
const server = serve(replica);
console.log(`listening on ${await server.listen({ host, port: Number(port) })}`);

await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
// From the outside in: requests and locks, what they stand on, and the log last.
await server.close();
await replica.close();
await engine.close();
console.log('stopped');
