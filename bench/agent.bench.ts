/** What an agent costs its machine: memory and idle processor time with 50 services. */

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { killTree } from '../nodeagent/process/tree.ts';
import { writeTargets } from '../nodeagent/state/targets-file.ts';
import { target, testFacts } from '../test/support/agent/targets.ts';
import { sweepControlGroups } from '../test/support/agent/sweep-control-groups.ts';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';

const SERVICES = 50;
const START_MS_MAX = 60_000;
/** Until the garbage of the start is collected. */
const SETTLE_MS = 5000;
const IDLE_MS = 15_000;
const RSS_MB_MAX = 90;
const CPU_PERCENT_MAX = 1;
/** Of user space, on every architecture that Node runs on. */
const TICK_MS = 10;

const agentChild = fileURLToPath(new URL('../test/support/agent/agent-child.ts', import.meta.url));

export const benchmark: Benchmark = async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tarsier-bench-agent-'));
  const everyService = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(everyService, 'listening');
  const { port } = everyService.address() as AddressInfo;
  // As most services have it: looked at by TCP every 5 s.
  const monitor = {
    kind: 'tcp',
    target: String(port),
    everyMs: 5000,
    timeoutMs: 1000,
    failures: 3,
  } as const;
  const targets = Array.from({ length: SERVICES }, (_, index) =>
    target({ service: `Bench.Service${index}`, start: 'exec sleep 100000', monitor }),
  );
  writeTargets(join(dataDir, 'targets'), { revision: 1, nodeFacts: testFacts, targets });
  // Compiled code is kept by a first start, so that the second runs like a published build: without
  // the 30 MB that stripping types from the sources takes.
  const warm = startAgent(join(dataDir, 'warm'), dataDir);
  await once(warm.stdout, 'data');
  warm.kill('SIGKILL');
  const agent = startAgent(dataDir, dataDir);
  try {
    return await measure(agent.pid ?? 0, dataDir);
  } finally {
    everyService.close();
    agent.kill('SIGKILL');
    await killTree({ marker: `TARSIER_DATA_DIR=${dataDir}/`, shim: undefined, withShim: true });
    sweepControlGroups(dataDir);
    sweepControlGroups(join(dataDir, 'warm'));
    rmSync(dataDir, { recursive: true, force: true });
  }
};

function startAgent(
  agentDataDir: string,
  folder: string,
): ChildProcessByStdio<null, Readable, null> {
  return spawn(process.execPath, [agentChild, agentDataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
}

async function measure(pid: number, dataDir: string): Promise<readonly BenchmarkResult[]> {
  const startedAt = performance.now();
  while (countReady(dataDir) < SERVICES) {
    if (performance.now() - startedAt > START_MS_MAX) throw new Error('the services do not start');
    await delay(50);
  }
  const startMs = performance.now() - startedAt;
  await delay(SETTLE_MS);
  const before = cpuMs(pid);
  await delay(IDLE_MS);
  const cpuPercent = ((cpuMs(pid) - before) / IDLE_MS) * 100;
  const rssMb = rssBytes(pid) / 1e6;
  const name = `with ${SERVICES} services`;
  return [
    { name: `start of all, ${name}`, value: startMs, unit: 'ms', ok: true },
    { name: `memory ${name}`, value: rssMb, unit: 'MB', bar: RSS_MB_MAX, ok: rssMb <= RSS_MB_MAX },
    {
      name: `idle processor time ${name}`,
      value: cpuPercent,
      unit: '% of a core',
      bar: CPU_PERCENT_MAX,
      ok: cpuPercent <= CPU_PERCENT_MAX,
    },
  ];
}

/** Services whose newest run was found ready. */
function countReady(dataDir: string): number {
  const services = join(dataDir, 'services');
  if (!existsSync(services)) return 0;
  return readdirSync(services).filter((service) => {
    const runs = join(services, service, 'runs');
    const newest = existsSync(runs) ? readdirSync(runs).at(-1) : undefined;
    const journal = newest && join(runs, newest, 'journal');
    return journal && existsSync(journal) && readFileSync(journal, 'utf8').includes('\nready ');
  }).length;
}

function cpuMs(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function rssBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
}
