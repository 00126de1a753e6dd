/** Reads why a controller answered with HTTP in place of opening the link. */

import type { IncomingMessage } from 'node:http';

const bodyBytesMax = 64 * 1024;

export interface HttpRefusal {
  readonly message: string;
  /** Absent for an answer that may be another one next time, such as 503. */
  readonly refusal?: { readonly code: string; readonly message: string };
}

export async function readRefusal(response: IncomingMessage): Promise<HttpRefusal> {
  const status = response.statusCode ?? 0;
  const problem = parseProblem(await readBody(response));
  const fallback = `The controller answered HTTP ${status}.`;
  const message =
    problem === undefined ? fallback : [problem.detail, problem.hint].join(' ').trim();
  const isFinal = status >= 300 && status < 500 && status !== 408 && status !== 429;
  if (!isFinal) return { message };
  return { message, refusal: { code: problem?.code ?? 'LINK_REFUSED', message } };
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      sizeBytes += (chunk as Buffer).byteLength;
      if (sizeBytes > bodyBytesMax) break;
    }
  } catch {
    // A body that breaks off tells no more than the status does.
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseProblem(body: string) {
  try {
    const value = JSON.parse(body) as Record<string, unknown>;
    const field = (name: string) => (typeof value[name] === 'string' ? value[name] : '');
    if (field('code') === '') return undefined;
    return { code: field('code'), detail: field('detail'), hint: field('hint') };
  } catch {
    return undefined;
  }
}
