/** Nodes that the registry believes alive and that are not connected: when are they lost? */

import type { NodeSession } from '../../registry/model.ts';

export type MissingSession = Pick<NodeSession, 'node' | 'sessionId' | 'opened'>;

interface Missing {
  readonly session: MissingSession;
  deadlineMs: number;
}

/** Times are of a monotonic clock. */
export class MissingNodes {
  readonly #nodes = new Map<string, Missing>();

  add({ node, sessionId, opened }: MissingSession, deadlineMs: number): void {
    const fence = opened === undefined ? {} : { opened };
    this.#nodes.set(node, { session: { node, sessionId, ...fence }, deadlineMs });
  }

  has({ node, sessionId, opened }: MissingSession): boolean {
    const known = this.#nodes.get(node)?.session;
    return known?.sessionId === sessionId && known.opened === opened;
  }

  found(node: string): void {
    this.#nodes.delete(node);
  }

  /** Forgets those that `test` does not find missing any more. */
  keepOnly(test: (session: MissingSession) => boolean): void {
    for (const [node, { session }] of this.#nodes) if (!test(session)) this.#nodes.delete(node);
  }

  /** We were paused: nobody could reach us meanwhile. */
  extend(deadlineMs: number): void {
    for (const missing of this.#nodes.values()) {
      missing.deadlineMs = Math.max(missing.deadlineMs, deadlineMs);
    }
  }

  /** Those whose time is over; each is returned once. */
  takeLost(nowMs: number): readonly MissingSession[] {
    const lost: MissingSession[] = [];
    for (const [node, { session, deadlineMs }] of this.#nodes) {
      if (nowMs <= deadlineMs) continue;
      lost.push(session);
      this.#nodes.delete(node);
    }
    return lost;
  }
}
