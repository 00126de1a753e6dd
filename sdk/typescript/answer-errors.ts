/** Turns what goes wrong between a client and the controller into coded errors. */

import { errorCodes, type ErrorCode } from '../../errors/codes.ts';
import { TarsierError } from '../../errors/tarsier-error.ts';

interface ProblemBody {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly hint?: unknown;
  readonly details?: unknown;
}

/** The error that a problem body describes (RFC 9457); `undefined` when it is none. */
export function errorOfProblem(body: unknown): TarsierError | undefined {
  const { code, detail, hint, details } = (body ?? {}) as ProblemBody;
  if (typeof code !== 'string' || typeof detail !== 'string') return undefined;
  // A newer controller may know codes that this client does not.
  const known = Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'API_ANSWER_INVALID';
  return new TarsierError(known, detail, {
    ...(typeof hint === 'string' && { hint }),
    details: { ...(typeof details === 'object' && details), ...(known !== code && { code }) },
  });
}

/** For an answer that is no success. */
export function errorOfAnswer(serverUrl: string, status: number, text: string): TarsierError {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const problem = errorOfProblem(body);
  if (problem !== undefined) return problem;
  if (status === 502 || status === 503 || status === 504) {
    return new TarsierError('API_UNAVAILABLE', `${serverUrl} answers ${status}: it is not ready.`);
  }
  return new TarsierError(
    'API_ANSWER_INVALID',
    `${serverUrl} answers ${status} with something that is not of Tarsier.`,
  );
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host name cannot be looked up',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted here',
};

/** For a request without an answer. */
export function unreachable(serverUrl: string, cause: unknown): TarsierError {
  const { code, message } = rootCause(cause);
  const isCertificate = code !== undefined && /CERT|LEAF_SIGNATURE/.test(code);
  const why = (code !== undefined && reasons[code]) || message || 'no answer';
  return new TarsierError(
    'API_UNREACHABLE',
    `Cannot reach the controller at ${serverUrl}: ${why}.`,
    {
      hint: isCertificate
        ? 'Set NODE_EXTRA_CA_CERTS to a file with the certificate of its authority.'
        : 'Start one with tarsctl dev or tarsctl controller, or name another with --server URL or TARSIER_SERVER.',
      cause,
    },
  );
}

/** Of several attempts (IPv6, IPv4) the first one speaks for all. */
function rootCause(error: unknown): NodeJS.ErrnoException {
  const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown[] };
  if (errors?.[0] !== undefined) return rootCause(errors[0]);
  if (cause !== undefined && cause !== null) return rootCause(cause);
  return error as NodeJS.ErrnoException;
}
