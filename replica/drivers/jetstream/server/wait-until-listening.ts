/** Waits until a server takes clients, and makes sure that it is the one that was meant. */

import { createConnection, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { ServerSettings, ServerTls } from './server-settings.ts';

const answerMsMax = 2_000;

/** `false` when `goesOn` says so first. A store is recovered before: that may take minutes. */
export async function waitUntilListening(
  { listen, serverName, tls }: Pick<ServerSettings, 'listen' | 'serverName' | 'tls'>,
  goesOn: () => boolean,
): Promise<boolean> {
  const host = /^(0\.0\.0\.0|::)$/.test(listen.host) ? '127.0.0.1' : listen.host;
  while (goesOn()) {
    // Another process on that port is not ours; ours then ends by itself.
    if ((await askName(host, listen.port, tls)) === serverName) return true;
    await delay(30);
  }
  return false;
}

/** A server says who it is before TLS, and proves it by its certificate. */
function askName(host: string, port: number, tls: ServerTls): Promise<string | undefined> {
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
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.length > 64 * 1024) return end(undefined);
      if (!text.includes('\r\n')) return undefined;
      socket.removeAllListeners('data');
      // From here on the end of the proof counts, and that comes with or before this one.
      socket.removeAllListeners('close');
      const name = nameIn(text);
      if (name === undefined) return end(undefined);
      return prove(socket, tls, (proven) => end(proven ? name : undefined));
    });
  });
}

/**
 * Every certificate of the authority belongs to the cluster: the address does not matter here. The
 * connection ends in good order, or the server would report a handshake that broke off.
 */
function prove(
  socket: Socket,
  { ca, cert, key }: ServerTls,
  then: (proven: boolean) => void,
): void {
  const secure = connectTls({ socket, ca, cert, key, checkServerIdentity: acceptAnyAddress });
  let proven = false;
  secure.once('error', () => then(false));
  secure.once('secureConnect', () => {
    proven = true;
    secure.end();
  });
  secure.once('end', () => then(proven));
  // Some connections close without an `end`.
  secure.once('close', () => then(proven));
  secure.resume();
}

function acceptAnyAddress(): undefined {
  return undefined;
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
