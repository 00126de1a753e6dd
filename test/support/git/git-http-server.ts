/** Serves repositories of a folder over HTTP on loopback, through git's own `http-backend`. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface GitHttpOptions {
  /** Basic authentication with this password is asked for. */
  readonly token?: string;
  /** Answers what is asked first, and never sends a pack. */
  readonly stallFetch?: boolean;
  /** By a certificate of its own, which `certificateFile` holds. */
  readonly tls?: boolean;
}

const tlsFolder = fileURLToPath(new URL('../../fixtures/tls/', import.meta.url));
export const certificateFile = join(tlsFolder, 'localhost.crt');

export interface GitHttpServer {
  readonly url: string;
  /** One entry for each request. */
  readonly sessions: string[];
}

export async function serveRepositories(
  folder: string,
  options: GitHttpOptions = {},
): Promise<GitHttpServer> {
  const sessions: string[] = [];
  const listener: RequestListener = (request, response) => {
    sessions.push(`${request.method} ${request.url}`);
    if (!isAdmitted(request, options.token)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    void answer(folder, options, request, response);
  };
  const server = options.tls
    ? createSecureServer(
        {
          cert: readFileSync(certificateFile),
          key: readFileSync(join(tlsFolder, 'localhost.key')),
        },
        listener,
      )
    : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${options.tls ? 'https://localhost' : 'http://127.0.0.1'}:${port}`, sessions };
}

function isAdmitted(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const [, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  return Buffer.from(encoded, 'base64').toString().endsWith(`:${token}`);
}

async function answer(
  folder: string,
  options: GitHttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (options.stallFetch && body.includes('command=fetch')) {
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
    response.flushHeaders();
    return;
  }
  const url = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  // It may answer and end without reading all of it.
  backend.stdin.on('error', () => undefined);
  backend.stdin.end(body);
  const output: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  await once(backend, 'close');
  const whole = Buffer.concat(output);
  const headEnd = whole.indexOf('\r\n\r\n');
  const head = whole.toString('latin1', 0, headEnd).split('\r\n');
  for (const line of head) {
    const [name = '', value = ''] = line.split(': ');
    if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.end(whole.subarray(headEnd + 4));
}
