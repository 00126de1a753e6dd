/** Writes a Git repository of a given number of objects, as a fleet of that size would have it. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Nodes in one NodeSet. */
const SET_SIZE = 50;
/** Services per application, each in a folder of its own. */
const APPLICATION_SIZE = 20;

const gitEnvironment = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Fleet',
  GIT_AUTHOR_EMAIL: 'fleet@example.com',
  GIT_COMMITTER_NAME: 'Fleet',
  GIT_COMMITTER_EMAIL: 'fleet@example.com',
};

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], {
    env: gitEnvironment,
    encoding: 'utf8',
  }).trim();
}

function write(folder: string, path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

export function commitAll(folder: string, message: string): string {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', message);
  return git(folder, 'rev-parse', 'HEAD');
}

function header(kind: string, name: string): string {
  return `apiVersion: tarsier/v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n`;
}

function dataCenters(count: number): string[] {
  return Array.from({ length: Math.max(1, Math.min(8, count / 500)) }, (_, at) => `dc${at}`);
}

function nodeSet(at: number, dataCenter: string): string {
  const name = `${dataCenter}-set${at}`;
  return `${header('NodeSet', name)}spec:
  names: ["${name}-[01-${SET_SIZE}]"]
  dataCenter: ${dataCenter}
  addresses:
    inner: { from: 10.${Math.floor(at / 5)}.${(at % 5) * SET_SIZE}.1 }
  labels: { disk: ${at % 3 === 0 ? 'ssd' : 'hdd'}, set: set${at} }
`;
}

export function serviceText(at: number, fleet: Fleet, version: string): string {
  const name = serviceName(at);
  const set = at % fleet.sets;
  const dataCenter = fleet.dataCenters[set % fleet.dataCenters.length];
  const first = `${dataCenter}-set${set}`;
  const one = String((at % SET_SIZE) + 1).padStart(2, '0');
  const two = String(((at + 17) % SET_SIZE) + 1).padStart(2, '0');
  const placement =
    at % 4 === 0
      ? `    - select: { dataCenter: ${dataCenter}, labels: { set: set${set} } }\n      count: 3`
      : `    - nodes: [${first}-${one}, ${first}-${two}]`;
  return `# Owned by the team of ${applicationName(at)}.
${header('Service', name)}  labels: { team: team${at % 30}, tier: ${at % 3 === 0 ? 'front' : 'back'} }
spec:
  type: tars-nodejs
  release:
    package: ${name}
    version: "${version}"
  placement:
${placement}
  servants:
    - name: MainObj
      port: ${10_000 + (Math.floor(at / fleet.sets) % 5_000) * 2}
      threads: 5
      queue: { capacity: 10000, timeoutMs: 60000 }
    - name: AdminObj
      port: auto
  template: base
  profile: |
    <tars>
      <application>
        <server>
          number=${at}
        </server>
      </application>
    </tars>
  configs: [server.conf]
  env: { LOG_LEVEL: info, NUMBER: "${at}" }
  run:
    limits: { memory: 512Mi, openFiles: 65536 }
    stopTimeoutMs: 10000
  rollout: { batch: 25% }
`;
}

function configText(at: number): string {
  return `${header('Config', `${serviceName(at)}.server.conf`)}spec:
  scope: { service: ${serviceName(at)} }
  fileName: server.conf
  file: server-${at}.conf
`;
}

function applicationName(at: number): string {
  return `App${Math.floor(at / APPLICATION_SIZE)}`;
}

function serviceName(at: number): string {
  return `${applicationName(at)}.Server${at}`;
}

export function servicePath(at: number): string {
  return `apps/${applicationName(at).toLowerCase()}/server-${at}.yaml`;
}

export interface Fleet {
  readonly services: number;
  readonly sets: number;
  readonly dataCenters: readonly string[];
}

/** One object for each of cluster, template, data centres and node sets; the rest is services and configs. */
export function generateRepository(folder: string, objects: number): Fleet {
  const centers = dataCenters(objects);
  const sets = Math.max(2, Math.round(objects / 100));
  const rest = objects - 2 - centers.length - sets;
  const services = Math.floor(rest / 2);
  const fleet = { services, sets, dataCenters: centers };
  mkdirSync(folder, { recursive: true });
  git(folder, 'init', '--quiet', '--initial-branch=main');
  write(folder, 'cluster.yaml', `${header('Cluster', 'bench')}spec: {}\n`);
  const template = Array.from({ length: 60 }, (_, line) => `  key${line}=value${line}`).join('\n');
  write(folder, 'templates/base.conf', `<tars>\n${template}\n</tars>\n`);
  write(folder, 'templates/base.yaml', `${header('Template', 'base')}spec: { file: base.conf }\n`);
  if (rest % 2 === 1) {
    write(folder, 'templates/odd.yaml', `${header('Template', 'odd')}spec: { content: "odd=1" }\n`);
  }
  for (const [at, name] of centers.entries()) {
    const role = at === 0 ? 'primary' : 'secondary';
    const spec = `spec:\n  role: ${role}\n  networks: { inner: { cidrs: [10.0.0.0/8] } }\n`;
    write(folder, `centers/${name}.yaml`, header('DataCenter', name) + spec);
  }
  for (let at = 0; at < sets; at += 1) {
    const center = centers[at % centers.length] ?? '';
    write(folder, `nodes/set-${at}.yaml`, nodeSet(at, center));
  }
  for (let at = 0; at < services; at += 1) {
    const path = servicePath(at);
    write(folder, path, serviceText(at, fleet, '1.0.0'));
    write(folder, path.replace('.yaml', '-config.yaml'), configText(at));
    write(folder, path.replace('.yaml', '.conf'), `number=${at}\nmode=fast\n`);
  }
  commitAll(folder, 'the whole fleet');
  return fleet;
}
