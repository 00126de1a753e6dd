/** What members say to each other about blobs over HTTP. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Digest } from '../../../core/blobs.ts';

/**
 * `HEAD` tells what is there (200 whole, 404 with `receivedHeader` otherwise; `?verify` reads all of
 * it), `GET` with a range gives it, `PUT` with `offsetHeader` sends what is missing: 201 means whole,
 * verified and synced.
 */
const peerBlobsPath = '/peer/blobs';
export const offsetHeader = 'tarsier-blob-offset';
export const receivedHeader = 'tarsier-blob-received';

export interface PeerProblem {
  readonly code: string;
  readonly message: string;
}

export interface PeerTarget {
  readonly digest: Digest;
  readonly verify: boolean;
}

export function parsePeerUrl(url: string): PeerTarget | undefined {
  const match = /^\/peer\/blobs\/(sha256:[0-9a-f]{64})(\?verify)?$/.exec(url);
  return match === null
    ? undefined
    : { digest: match[1] as Digest, verify: match[2] !== undefined };
}

export function peerUrl(base: string, { digest, verify }: PeerTarget): string {
  return `${base.replace(/\/$/, '')}${peerBlobsPath}/${digest}${verify ? '?verify' : ''}`;
}

/** Takes the same time whatever is presented. */
export function isBearer(authorization: string | undefined, token: string): boolean {
  const presented = /^Bearer (.{1,1000})$/i.exec(authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digestOf(presented), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
