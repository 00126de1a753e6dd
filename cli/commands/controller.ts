/** `tarsctl controller`: reads the repository, decides, and serves the API, the agents and the packages. */

import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { readFileSync } from 'node:fs';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { defaultDataDir } from '../context.ts';
import { defined } from '../defined.ts';
import type { ContextSource } from '../program.ts';
import { readVersion } from '../version.ts';
import { addControllerMembers } from './controller-members.ts';

interface ControllerCommandOptions {
  readonly repo?: string;
  readonly branch?: string;
  readonly path?: string;
  readonly listen?: ListenAddress;
  readonly locator: ListenAddress | undefined;
  readonly locatorHost?: string;
  readonly poll: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowHost?: readonly string[];
  readonly webhookSecretFile?: string;
  readonly publish: 'store' | 'branch' | 'commit';
  readonly gitTokenFile?: string;
  readonly gitCa?: string;
  readonly sshKey?: string;
  readonly sshKnownHosts?: string;
  readonly cluster?: string;
  readonly natsServer?: string;
  readonly engineUrl?: string;
  readonly rebuild?: boolean;
  readonly rebuildWait: number;
}

interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export function addController(program: Command, context: ContextSource): void {
  const controllerCommand = program
    .command('controller')
    .description('run the controller: it makes what is in the repository run')
    .option('--repo <url>', 'repository: a local path, ssh://… or https://… (needed)')
    .option('--branch <name>', 'branch to follow (default: that of the repository)')
    .option('--path <folder>', 'folder of the repository that holds the objects')
    .addOption(
      new Option(
        '--listen <host:port>',
        'address of API, agents and uploads (default: 127.0.0.1:7400; in a cluster, that of its file)',
      ).argParser(parseListen),
    )
    .addOption(
      new Option(
        '--locator <host:port>',
        'where TARS clients on machines without an agent look up names, or off',
      )
        .argParser((text) => (text === 'off' ? undefined : parseListen(text)))
        .default({ host: '127.0.0.1', port: 17_890 }, '127.0.0.1:17890'),
    )
    .option('--locator-host <host>', 'where they reach it, when it listens on every address')
    .option('--poll <seconds>', 'how often the repository is looked at', parseSeconds, 15)
    .option('--tls-cert <file>', 'certificate chain in PEM; needed beyond this machine')
    .option('--tls-key <file>', 'private key in PEM')
    .option('--allow-host <names...>', 'on loopback: further host names, such as that of a proxy')
    .option('--webhook-secret-file <file>', 'secret that POST /webhooks/git is signed with')
    .addOption(
      new Option(
        '--publish <how>',
        'packages that build scripts upload: only store them, push a branch for a pull request, or commit',
      )
        .choices(['store', 'branch', 'commit'])
        .default('store'),
    )
    .option('--cluster <file>', 'be a member of a cluster: its file from tarsctl cluster init')
    .option('--nats-server <file>', 'the nats-server program (default: that on PATH)')
    .option('--engine-url <urls>', 'servers of the engine that you run yourself, tls://HOST:PORT,…')
    .option(
      '--rebuild',
      'all disks are lost: make the registry from the repository and from what agents tell',
    )
    .addOption(
      new Option('--rebuild-wait <time>', 'how long it waits for agents, such as 30s or 10m')
        .argParser(parseDuration)
        .default(300_000, '5m'),
    )
    .option('--git-token-file <file>', 'access token for https:// repositories')
    .option('--git-ca <file>', 'certificate authority of an https:// repository, in PEM')
    .option('--ssh-key <file>', 'private key for ssh:// repositories')
    .option('--ssh-known-hosts <file>', 'host keys for ssh:// repositories')
    .action((options: ControllerCommandOptions, command: Command) =>
      runController(options, command.optsWithGlobals<{ data?: string }>().data ?? defaultDataDir),
    );
  addControllerMembers(controllerCommand, context);
}

async function runController(options: ControllerCommandOptions, dataDir: string): Promise<void> {
  const { startController } = await import('../../controller/main.ts');
  const { createLogger } = await import('../logger.ts');
  const { untilStopped } = await import('../until-stopped.ts');
  const failure = Promise.withResolvers<never>();
  const stop = new AbortController();
  const stopped = untilStopped().then(() => stop.abort());
  const starting = startController({
    dataDir,
    signal: stop.signal,
    onFailed: (error) => failure.reject(error),
    version: readVersion(),
    logger: createLogger('controller'),
    ...settingsOf(options),
    ...(await addressOf(options)),
    ...(options.rebuild === true ? { rebuild: { waitMs: options.rebuildWait } } : {}),
  });
  const controller = await Promise.race([starting, failure.promise]).catch((error: unknown) => {
    if (stop.signal.aborted) return undefined;
    // A store that failed while others were waited for: what is open is closed.
    stop.abort();
    throw error;
  });
  if (controller === undefined) return;
  try {
    await Promise.race([stopped, failure.promise]);
  } finally {
    await controller.close();
  }
}

/** Where it listens, with which certificate, and in which cluster. */
async function addressOf(options: ControllerCommandOptions) {
  const tls = certificateOf(options);
  if (options.cluster === undefined) {
    const listen = options.listen ?? { host: '127.0.0.1', port: 7400 };
    return { listen, ...defined({ tls }) };
  }
  const { ownMember, readClusterFile } = await import('../../controller/cluster/cluster-file.ts');
  const file = await readClusterFile(options.cluster);
  const { host, apiPort } = ownMember(file);
  return {
    listen: options.listen ?? { host, port: apiPort },
    tls: tls ?? file.tls,
    cluster: {
      file,
      ...defined({ serverBinary: options.natsServer, externalUrl: options.engineUrl }),
    },
  };
}

function certificateOf({ tlsCert, tlsKey }: ControllerCommandOptions) {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new TarsierError('USAGE', 'A certificate needs its key, and a key its certificate.', {
      hint: 'Give both --tls-cert FILE and --tls-key FILE.',
    });
  }
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') };
}

/** What the command line says, as the controller takes it. */
function settingsOf(options: ControllerCommandOptions) {
  const { locator } = options;
  return {
    source: sourceOf(options),
    publish: options.publish,
    ...(locator === undefined
      ? {}
      : { locator: { ...locator, ...defined({ publicHost: options.locatorHost }) } }),
    ...defined({
      webhookSecretFile: options.webhookSecretFile,
      allowedHosts: options.allowHost,
    }),
  };
}

function sourceOf(options: ControllerCommandOptions) {
  if (options.repo === undefined) {
    throw new TarsierError('USAGE', 'The controller needs a repository.', {
      hint: 'Name it with --repo URL: a local path, ssh://… or https://….',
    });
  }
  return {
    url: options.repo,
    pollMs: options.poll * 1000,
    ...defined({
      branch: options.branch,
      path: options.path,
      tokenFile: options.gitTokenFile,
      sshKeyFile: options.sshKey,
      sshKnownHostsFile: options.sshKnownHosts,
      caFile: options.gitCa,
    }),
  };
}

function parseListen(text: string): ListenAddress {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<host>[^:]+)):(?<port>\d{1,5})$/.exec(text);
  const host = match?.groups?.['v6'] ?? match?.groups?.['host'];
  const port = Number(match?.groups?.['port']);
  if (host === undefined || port > 65_535) {
    throw new InvalidArgumentError('Write it as HOST:PORT, such as 127.0.0.1:7400 or [::1]:7400.');
  }
  return { host, port };
}

function parseDuration(text: string): number {
  const match = /^(?<count>\d{1,6})(?<unit>s|m|h)$/.exec(text);
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 }[match?.groups?.['unit'] ?? ''];
  if (unitMs === undefined) {
    throw new InvalidArgumentError('Write it as a number with s, m or h, such as 5m.');
  }
  return Number(match?.groups?.['count']) * unitMs;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 1) {
    throw new InvalidArgumentError('Write a number of seconds, at least 1.');
  }
  return seconds;
}
