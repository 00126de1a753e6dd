/** One controller of a cluster in a process of its own, for tests that hurt it: `node member-main.ts SETTINGS`. */

import { stepClock } from './stepped-clock.ts';
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { pino } from 'pino';
import { ownMember, readClusterFile } from '../../../controller/cluster/cluster-file.ts';
import { engineLogin, engineServers } from '../../../controller/cluster/engine-settings.ts';
import { startController, type Controller } from '../../../controller/main.ts';
import { registryMachine } from '../../../registry/registry-machine.ts';
import {
  openJetStreamLog,
  type JetStreamLog,
} from '../../../replica/drivers/jetstream/open-jetstream-log.ts';
import { ChaosAppender } from './chaos-appender.ts';
import {
  chaosLog,
  type Answers,
  type Kind,
  type LateEffect,
  type MemberSettings,
  type Question,
  type Word,
} from './member-messages.ts';

const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as MemberSettings;
const file = await readClusterFile(settings.clusterFile);
const { host, apiPort } = ownMember(file);
const logger = pino({ level: 'info', timestamp: pino.stdTimeFunctions.isoTime });
const controller = await startController({
  dataDir: settings.dataDir,
  version: 'test',
  listen: { host, port: apiPort },
  tls: file.tls,
  source: { url: settings.repository, pollMs: 1_000 },
  locator: { host, port: settings.locatorPort },
  cluster: { file, serverBinary: settings.serverBinary, leaseMs: 3_000, renewMs: 500 },
  logger,
});
const log = await openChaosLog();
const appender = new ChaosAppender(log, file.member, settings.acknowledged);

async function openChaosLog(): Promise<JetStreamLog> {
  const connection = await connect({
    servers: [...engineServers(file)],
    ...engineLogin(file),
    name: `${file.member}-chaos`,
    noRandomize: true,
    noEcho: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    pingInterval: 2_000,
    maxPingOut: 2,
  });
  return openJetStreamLog({
    name: chaosLog,
    connection,
    directory: join(settings.dataDir, 'chaos'),
    replicas: file.members.length,
    onRepair: (repair) => logger.warn({ log: chaosLog, ...repair }, 'entries put back'),
    onSetAside: (_directory, error) => logger.error({ err: error }, 'own copy put aside'),
  });
}

const answers: { readonly [K in Kind]: (value: number) => Answers[K] | Promise<Answers[K]> } = {
  async where() {
    const { state, sequence } = controller.registry;
    const { entries } = log.known();
    const [last] = await log.read(entries, 1);
    const sessions = [...state.sessions.values()];
    return {
      name: file.member,
      isLeader: controller.leadership.isLeader,
      registry: sequence,
      chaos: last?.sequence ?? 0,
      chaosHash: last?.hash ?? '',
      commit: state.source?.inForceCommit,
      alive: sessions.filter((one) => one.state === 'alive').map(({ node }) => node),
    };
  },
  digest: (sequence) => digestAt(controller, sequence),
  'engine-leader': async () => (await log.copies()).leader,
  append: (value) => (appender.isOn = value === 1),
  'step-clock'(offsetMs) {
    stepClock(offsetMs);
    return offsetMs;
  },
  'late-effect': () => writeLate(controller),
};

/** The first moment at which the state is that of so many entries. */
function digestAt({ registry }: Controller, sequence: number): Promise<string | undefined> {
  const digest = () =>
    createHash('sha256').update(registryMachine.encodeState(registry.state)).digest('hex');
  return new Promise((resolve) => {
    if (registry.sequence > sequence) return resolve(undefined);
    if (registry.sequence === sequence) return resolve(digest());
    const unsubscribe = registry.subscribe((applied) => {
      if (applied.sequence < sequence) return;
      unsubscribe();
      resolve(applied.sequence === sequence ? digest() : undefined);
    });
  });
}

/** The worst moment for a pause: the token was good when it was looked at. */
async function writeLate({ leadership, registry }: Controller): Promise<LateEffect | undefined> {
  const token = leadership.fencingToken();
  if (token === undefined) return undefined;
  const effect = {
    type: 'set-targets',
    at: Date.now(),
    fencingToken: token,
    upsert: [],
    remove: [...registry.state.targets.keys()],
    reason: 'written late',
  } as const;
  process.kill(process.pid, 'SIGSTOP');
  const { result, sequence } = await registry.propose(effect);
  const code = result.accepted ? undefined : result.code;
  return { token, sequence, accepted: result.accepted, code };
}

function say(word: Word): void {
  if (process.connected) process.send?.(word);
}

async function answer({ number, kind, value }: Question): Promise<void> {
  try {
    say({ number, answer: await answers[kind](value) });
  } catch (error) {
    say({ number, failure: String(error) });
  }
}

process.on('message', (question: Question) => void answer(question));
process.once('SIGTERM', () => {
  void controller.close().then(() => process.exit(0));
});
process.once('disconnect', () => process.exit(1));
say({ ready: true });
