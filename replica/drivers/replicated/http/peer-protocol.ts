/** What members say to each other about blobs over HTTP. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Digest } from '../../../core/blobs.ts';

/**
 * `HEAD` tells what is there (200 whole, 404 with `receivedHeader` otherwise; with `verifyHeader` all
 * of it is read), `GET` with a range gives it, `PUT` with `offsetHeader` sends what is missing: 201
 * means whole, verified and synced.
 */
export const peerBlobsPath = '/peer/blobs';
export const offsetHeader = 'tarsier-blob-offset';
export const receivedHeader = 'tarsier-blob-received';
export const verifyHeader = 'tarsier-blob-verify';

export interface PeerProblem {
  readonly code: string;
  readonly message: string;
}

export function parsePeerUrl(url: string): Digest | undefined {
  return /^\/peer\/blobs\/(sha256:[0-9a-f]{64})$/.exec(url)?.[1] as Digest | undefined;
}

export function peerUrl(base: string, digest: Digest): string {
  return `${base.replace(/\/$/, '')}${peerBlobsPath}/${digest}`;
}

/** Takes the same time whatever is presented. */
export function isBearer(authorization: string | undefined, token: string): boolean {
  const presented = /^Bearer (.{1,1000})$/i.exec(authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digestOf(presented), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
