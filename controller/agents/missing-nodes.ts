/** Nodes that the registry believes alive and that are not connected: when are they lost? */

interface Missing {
  readonly sessionId: string;
  deadlineMs: number;
}

/** Times are of a monotonic clock. */
export class MissingNodes {
  readonly #nodes = new Map<string, Missing>();

  add(node: string, sessionId: string, deadlineMs: number): void {
    this.#nodes.set(node, { sessionId, deadlineMs });
  }

  found(node: string): void {
    this.#nodes.delete(node);
  }

  /** We were paused: nobody could reach us meanwhile. */
  extend(deadlineMs: number): void {
    for (const missing of this.#nodes.values()) {
      missing.deadlineMs = Math.max(missing.deadlineMs, deadlineMs);
    }
  }

  /** Those whose time is over; each is returned once. */
  takeLost(nowMs: number): readonly { readonly node: string; readonly sessionId: string }[] {
    const lost: { node: string; sessionId: string }[] = [];
    for (const [node, { sessionId, deadlineMs }] of this.#nodes) {
      if (nowMs <= deadlineMs) continue;
      lost.push({ node, sessionId });
      this.#nodes.delete(node);
    }
    return lost;
  }
}
