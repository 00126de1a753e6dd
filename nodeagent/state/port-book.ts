/** Ports that were chosen for `port: auto`: kept on disk, so that an instance keeps its port. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

const FORMAT = 'ports-1';

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export interface PortWish {
  readonly instance: string;
  readonly servant: string;
  readonly range: PortRange;
  /** Ports that cannot be had: fixed ports of this node's services, and what strangers listen on. */
  readonly avoid: ReadonlySet<number>;
  /**
   * Where in the range to begin, from 0 to 1; default: at its beginning. Agents that share a machine
   * and a range then seldom choose the same port before either of them listens.
   */
  readonly startAt?: number;
}

export class PortBook {
  /** No other agent has this one. */
  readonly path: string;
  readonly #ports: Map<string, number>;

  /** A damaged book is begun anew: the next starts choose again. */
  constructor(path: string, onDamage: (why: string) => void) {
    this.path = path;
    const content = readStateFile<Record<string, number>>(path, FORMAT);
    if (content.kind === 'damaged') onDamage(content.why);
    this.#ports = new Map(content.kind === 'value' ? Object.entries(content.value) : []);
  }

  has(instance: string, servant: string): boolean {
    return this.#ports.has(`${instance}/${servant}`);
  }

  /** The port kept for a servant, or a free one from the range, kept from now on. */
  choose(wish: PortWish): number {
    const key = `${wish.instance}/${wish.servant}`;
    const kept = this.#ports.get(key);
    const { from, to } = wish.range;
    if (kept !== undefined && kept >= from && kept <= to && !wish.avoid.has(kept)) return kept;
    const taken = new Set(
      [...this.#ports].filter(([name]) => name !== key).map(([, port]) => port),
    );
    const size = to - from + 1;
    const offset = Math.trunc((wish.startAt ?? 0) * size) % size;
    for (let step = 0; step < size; step += 1) {
      const port = from + ((offset + step) % size);
      if (taken.has(port) || wish.avoid.has(port)) continue;
      this.#ports.set(key, port);
      this.#save();
      return port;
    }
    throw new TarsierError(
      'AGENT_PORTS_EXHAUSTED',
      `No port is free for ${wish.instance} ${wish.servant}: all of ${from} to ${to} are taken. Widen portRange of the Node, or free some ports.`,
    );
  }

  /** For an instance that left this node. */
  forget(instance: string): void {
    const keys = [...this.#ports.keys()].filter((key) => key.startsWith(`${instance}/`));
    for (const key of keys) this.#ports.delete(key);
    if (keys.length > 0) this.#save();
  }

  #save(): void {
    writeStateFile(this.path, FORMAT, Object.fromEntries(this.#ports));
  }
}
