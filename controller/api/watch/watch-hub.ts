/** Opens and counts streams: how many at once, how they begin, how they end with the server. */

import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { ChangeFeed } from './change-feed.ts';
import { WatchStream, type WatchOptions } from './watch-stream.ts';

export interface StreamLimits {
  readonly streamsMax: number;
  readonly streamsPerAddressMax: number;
}

const keepAliveMs = 30_000;

export const defaultStreamLimits: StreamLimits = { streamsMax: 1_000, streamsPerAddressMax: 100 };

export class WatchHub {
  readonly #feed: ChangeFeed;
  readonly #limits: StreamLimits;
  readonly #open = new Map<ServerResponse, { readonly address: string; end: () => void }>();

  constructor(feed: ChangeFeed, limits: StreamLimits) {
    this.#feed = feed;
    this.#limits = limits;
  }

  get streams(): number {
    return this.#open.size;
  }

  /** Takes over the reply. `API_STREAMS_EXHAUSTED` when too many are open. */
  watch(
    request: FastifyRequest,
    reply: FastifyReply,
    options: Omit<WatchOptions, 'startNumber'>,
  ): void {
    const query = request.query as { readonly since?: number };
    const startNumber = this.#startNumber(request.headers['last-event-id'], query.since);
    this.claim(request, reply);
    const response = reply.raw;
    reply.hijack();
    response.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies must hand events on as they come.
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    const stream = new WatchStream(this.#feed, response, { ...options, startNumber });
    const claimed = this.#open.get(response);
    if (claimed !== undefined) claimed.end = () => stream.end();
  }

  /** Counts a response as a stream until it closes. */
  claim(request: FastifyRequest, reply: FastifyReply): void {
    const address = request.ip;
    const same = [...this.#open.values()].filter((stream) => stream.address === address).length;
    const { streamsMax, streamsPerAddressMax } = this.#limits;
    if (this.#open.size >= streamsMax || same >= streamsPerAddressMax) {
      throw new TarsierError(
        'API_STREAMS_EXHAUSTED',
        `${this.#open.size} streams are open, ${same} of them from this address; the limits are ${streamsMax} and ${streamsPerAddressMax}.`,
      );
    }
    const { socket } = request.raw;
    // A quiet stream is no idle connection; whether its reader is there is for TCP to find out.
    if (socket instanceof Socket) socket.setTimeout(0).setKeepAlive(true, keepAliveMs);
    const response = reply.raw;
    this.#open.set(response, { address, end: () => response.destroy() });
    response.once('close', () => this.#open.delete(response));
  }

  close(): void {
    for (const stream of this.#open.values()) stream.end();
    this.#feed.close();
  }

  /** Where the reader stopped, if this process can tell what it missed since. */
  #startNumber(
    lastEventId: string | string[] | undefined,
    since: number | undefined,
  ): number | undefined {
    const [, epoch, number] = /^([0-9a-f]+)-(\d{1,15})$/.exec(String(lastEventId ?? '')) ?? [];
    if (epoch !== undefined) return epoch === this.#feed.epoch ? Number(number) : undefined;
    return since === undefined ? undefined : this.#feed.ring.numberBefore(since);
  }
}
