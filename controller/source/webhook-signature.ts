/** Whether a webhook was sent by someone who knows the secret. */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Headers with an HMAC-SHA256 over the body, in hexadecimal, perhaps behind `sha256=`. */
const hmacHeaders = ['x-hub-signature-256', 'x-gitea-signature', 'x-forgejo-signature'];
/** GitLab sends the secret itself. */
const secretHeader = 'x-gitlab-token';

export type SignatureCheck = 'valid' | 'wrong' | 'missing';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares digests, so that neither time nor length tells anything about the expected text. */
function sameText(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** `body` is what came over the wire, byte by byte. */
export function checkSignature(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  secret: string,
): SignatureCheck {
  const expected = createHmac('sha256', secret).update(body).digest('hex');
  let seen = 0;
  let valid = false;
  for (const name of hmacHeaders) {
    const signature = headerText(headers, name);
    if (signature === undefined) continue;
    seen += 1;
    valid = sameText(signature.replace(/^sha256=/, '').toLowerCase(), expected) || valid;
  }
  const token = headerText(headers, secretHeader);
  if (token !== undefined) {
    seen += 1;
    valid = sameText(token, secret) || valid;
  }
  if (valid) return 'valid';
  return seen === 0 ? 'missing' : 'wrong';
}
