/** Asks a service once whether it works: by TCP, by HTTP, or by a script of its own. */

import { connect } from 'node:net';
import { runCommand } from '../../process/run-command.ts';
import { runMarker, type RunIntent } from '../run/run-intent.ts';
import type { MonitorSpec } from '../../../spec/desired-state.ts';

/** `undefined` when it works, else what was wrong. */
export type ProbeResult = string | undefined;

/** Never throws. */
export function probeMonitor(monitor: MonitorSpec, intent: RunIntent): Promise<ProbeResult> {
  if (monitor.kind === 'http') return probeHttp(monitor.target, monitor.timeoutMs);
  if (monitor.kind === 'script') return probeScript(monitor, intent);
  return probePort(Number(monitor.target), addressesOf(intent), monitor.timeoutMs);
}

/** Where a service may listen that says nothing else. */
export function addressesOf(intent: RunIntent): readonly string[] {
  const own = intent.env['TARSIER_ADDRESS'] ?? '127.0.0.1';
  const named = intent.endpoints.map(({ host }) => host);
  return [...new Set([own, ...named, '127.0.0.1', '::1'])];
}

/** Works when a connection is accepted on any of the addresses. */
export async function probePort(
  port: number,
  addresses: readonly string[],
  timeoutMs: number,
): Promise<ProbeResult> {
  let first: ProbeResult;
  for (const address of addresses) {
    const result = await connectOnce(port, address, timeoutMs);
    if (result === undefined) return undefined;
    first ??= result;
  }
  return `port ${port}: ${first}`;
}

function connectOnce(port: number, host: string, timeoutMs: number): Promise<ProbeResult> {
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const socket = connect({ port, host, timeout: timeoutMs });
  socket.on('connect', () => resolve(undefined));
  socket.on('timeout', () => resolve(`no answer within ${timeoutMs} ms`));
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(describeNetworkError(error)));
  return promise.finally(() => socket.destroy());
}

function probeHttp(url: string, timeoutMs: number): Promise<ProbeResult> {
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  // Not imported: an import of `node:http` evaluates all it exports, which costs 9 MB.
  const { get } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
  // A service on this machine: its certificate proves nothing that the monitor needs to know.
  const options = { agent: false, rejectUnauthorized: false };
  try {
    const request = get(url, options, (response) => {
      const status = response.statusCode ?? 0;
      resolve(status < 400 ? undefined : `${url} answered ${status}`);
      response.destroy();
    });
    const timer = setTimeout(() => {
      resolve(`${url} did not answer within ${timeoutMs} ms`);
      request.destroy();
    }, timeoutMs);
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve(`${url}: ${describeNetworkError(error)}`);
    });
    request.on('close', () => clearTimeout(timer));
  } catch (error) {
    resolve(`${url}: ${(error as Error).message}`);
  }
  return promise;
}

async function probeScript(monitor: MonitorSpec, intent: RunIntent): Promise<ProbeResult> {
  const marker = runMarker(intent.runId);
  const [name = '', value = ''] = marker.split('=');
  const { code, tail } = await runCommand(monitor.target, {
    folder: intent.folder,
    env: { ...intent.env, [name]: value },
    timeoutMs: monitor.timeoutMs,
    marker: `TARSIER_MONITOR=${intent.runId}`,
    ...(intent.user === undefined ? {} : { user: intent.user }),
  });
  if (code === 0) return undefined;
  const said = tail === '' ? '' : `: ${tail}`;
  if (code === undefined) return `the script did not end within ${monitor.timeoutMs} ms${said}`;
  return `the script exited with code ${code}${said}`;
}

function describeNetworkError(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'connection refused';
  return error.code ?? error.message;
}
