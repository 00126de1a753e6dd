/** Waits until a server takes clients, and makes sure that it is the one that was meant. */

import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostPort } from './server-settings.ts';

const answerMsMax = 2_000;

/** `false` when `goesOn` says so first. A store is recovered before: that may take minutes. */
export async function waitUntilListening(
  listen: HostPort,
  serverName: string,
  goesOn: () => boolean,
): Promise<boolean> {
  const host = /^(0\.0\.0\.0|::)$/.test(listen.host) ? '127.0.0.1' : listen.host;
  while (goesOn()) {
    // Another process on that port is not ours; ours then ends by itself.
    if ((await askName(host, listen.port)) === serverName) return true;
    await delay(30);
  }
  return false;
}

/** A server says who it is before anything else, also before TLS. */
function askName(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = createConnection({ host, port });
    const end = (name: string | undefined): void => {
      socket.destroy();
      resolve(name);
    };
    socket.setTimeout(answerMsMax, () => end(undefined));
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(undefined));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\r\n') || text.length > 64 * 1024) end(nameIn(text));
    });
  });
}

function nameIn(text: string): string | undefined {
  const json = /^INFO (\{.*\})/.exec(text)?.[1];
  if (json === undefined) return undefined;
  try {
    const { server_name: name } = JSON.parse(json) as { server_name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
