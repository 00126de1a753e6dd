/** Turns whatever a route throws into a problem body (RFC 9457) with code, title, detail and hint. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorCodes, type ErrorCode } from '../../errors/codes.ts';
import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import { cleanLine } from '../../registry/status/render/clean-text.ts';
import { httpStatusOf } from './http-status.ts';
import { wantsText } from './wants-text.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly hint: string;
  /** Identifies the request in the controller's log. */
  readonly requestId: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface HttpFailure {
  readonly statusCode?: number;
  readonly message?: string;
}

/** The status and body for an error. Errors that are not ours give nothing away. */
export function problemOf(error: unknown, requestId: string): Problem {
  const known = isTarsierError(error) ? error : translate(error);
  const row = errorCodes[known.code];
  return {
    type: `urn:tarsier:problem:${known.code.toLowerCase().replaceAll('_', '-')}`,
    title: row.meaning,
    status: httpStatusOf(known.code),
    detail: known.message,
    code: known.code,
    hint: known.hint ?? row.remedy,
    requestId,
    ...(Object.keys(known.details).length > 0 && { details: known.details }),
  };
}

/** Errors of the HTTP layer itself, and everything unforeseen. */
function translate(error: unknown): TarsierError {
  const { statusCode, message = '' } = (error ?? {}) as HttpFailure;
  if (statusCode === 413) return new TarsierError('API_BODY_TOO_LARGE', `${message}.`);
  if (statusCode === 408) return new TarsierError('API_REQUEST_TIMEOUT', message);
  if (statusCode === 404) return new TarsierError('API_NOT_FOUND', message);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new TarsierError('API_REQUEST_INVALID', message);
  }
  return new TarsierError('DEFECT', 'The controller failed to answer this request.', {
    hint: 'The log of the controller has the details under the request id.',
    cause: error,
  });
}

/** As the command line prints it. */
export function problemText({ code, detail, hint }: Problem): string {
  return `error[${code}]: ${cleanLine(detail)}\n  ${cleanLine(hint)}\n`;
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const problem = problemOf(error, request.id);
  if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
  if (reply.raw.headersSent) {
    // A stream that already began cannot change its status: cutting it tells the reader.
    reply.raw.destroy();
    return;
  }
  reply.code(problem.status).header('cache-control', 'no-store');
  if (wantsText(request)) {
    reply.type('text/plain; charset=utf-8');
    reply.send(problemText(problem));
    return;
  }
  reply.type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}
