/** Which HTTP status an error code answers with. */

import { errorCodes, type ErrorCode } from '../../errors/codes.ts';

const statuses: Partial<Record<ErrorCode, number>> = {
  API_UNAUTHORIZED: 401,
  API_NOT_FOUND: 404,
  INSTANCE_NOT_FOUND: 404,
  API_METHOD_NOT_ALLOWED: 405,
  API_REQUEST_TIMEOUT: 408,
  API_BODY_TOO_LARGE: 413,
  API_HOST_REFUSED: 421,
  API_RATE_LIMITED: 429,
  API_STREAMS_EXHAUSTED: 429,
  PACKAGE_NAME_INVALID: 400,
  PACKAGE_EXISTS: 409,
  PACKAGE_NOT_FOUND: 404,
  PACKAGE_IN_USE: 409,
  PACKAGE_TOO_LARGE: 413,
  PACKAGE_DIGEST_MISMATCH: 422,
  UPLOAD_NOT_FOUND: 404,
  UPLOAD_OFFSET: 409,
  UPLOAD_INCOMPLETE: 409,
  DISK_FULL: 507,
  BACKUP_INCOMPLETE: 409,
  WEBHOOK_NOT_CONFIGURED: 403,
  WEBHOOK_SIGNATURE_WRONG: 401,
};

const byConsequence = { transient: 503, terminal: 400, defect: 500 } as const;

/** The code's own status, or one by its consequence: transient 503, terminal 400, defect 500. */
export function httpStatusOf(code: ErrorCode): number {
  return statuses[code] ?? byConsequence[errorCodes[code].consequence];
}
