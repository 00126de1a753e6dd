/** Tells a controller that lost everything what this agent holds, in messages that are small enough. */

import type { Held, HeldPackage } from '../../link/messages/messages.ts';
import type { InstanceTarget } from '../../registry/model.ts';
import type { LinkSend } from './link-part.ts';

/** What is told; read when a controller asks for it. */
export interface Holdings {
  packages(targets: readonly InstanceTarget[]): Promise<readonly HeldPackage[]>;
  /** Of registries before the one that was entered. */
  highestToken(): number | undefined;
  /** A connection to this registry stands. */
  entered(registryId: string | undefined): void;
  /** A fencing number of it was told. */
  told(token: number | undefined): void;
}

/** Of one message; a single target may exceed it. */
const charactersMax = 512 * 1024;

export class HeldQueue {
  #waiting: Held[] = [];
  #isAsked = false;
  #round = 0;

  /** A new connection; nothing is owed to it unless it asks. */
  reset(): void {
    this.#round += 1;
    this.#waiting = [];
    this.#isAsked = false;
  }

  /** Resolves when `flush` has something to send; at once when the connection ended meanwhile. */
  async prepare(targets: readonly InstanceTarget[], holdings: Holdings): Promise<void> {
    const round = this.#round;
    this.#isAsked = true;
    const packages = await holdings.packages(targets);
    if (round !== this.#round) return;
    this.#waiting = splitHeld(targets, packages, holdings.highestToken());
    this.#isAsked = false;
  }

  /** False: not all is told yet, and nothing else of this node may be reported before. */
  flush(send: LinkSend): boolean {
    if (this.#isAsked) return false;
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) return true;
      if (!send(next)) return false;
      this.#waiting.shift();
    }
  }
}

function splitHeld(
  targets: readonly InstanceTarget[],
  packages: readonly HeldPackage[],
  highestToken: number | undefined,
): Held[] {
  const token = highestToken === undefined ? {} : { highestToken };
  const parts: Held[] = [{ type: 'held', targets: [], packages, ...token }];
  let characters = 0;
  for (const target of targets) {
    const size = JSON.stringify(target).length;
    const last = parts.at(-1);
    if (last === undefined || (characters > 0 && characters + size > charactersMax)) {
      parts.push({ type: 'held', targets: [target], packages: [] });
      characters = size;
    } else {
      parts[parts.length - 1] = { ...last, targets: [...last.targets, target] };
      characters += size;
    }
  }
  return parts;
}
