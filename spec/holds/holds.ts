/** The objects that a commit holds back, as they are found one after the other. */

import type { DesiredNode, HeldObject } from '../desired-state.ts';
import type { ObjectRef } from '../fault.ts';

export class Holds {
  /** By `Kind/name`. */
  readonly objects = new Map<string, HeldObject>();
  /** Nodes in force that the commit hides or damages, and what is to blame. */
  readonly nodes = new Map<string, WithheldNode>();
  /** The cluster in force stays. */
  cluster = false;
  /** Why the groups and stations in force stay, all of them. */
  topology: Cause | undefined;

  constructor(held: readonly HeldObject[]) {
    for (const one of held) this.objects.set(keyOf(one.object), one);
  }

  find(kind: string, name: string): HeldObject | undefined {
    return this.objects.get(`${kind}/${name}`);
  }

  /** The first reason stands. */
  add(held: HeldObject): void {
    const key = keyOf(held.object);
    if (!this.objects.has(key)) this.objects.set(key, held);
  }

  isServiceHeld(service: string): boolean {
    return this.objects.has(`Service/${service}`);
  }
}

export interface Cause {
  readonly reason: string;
  /** The object or file whose own fault it is. */
  readonly root: ObjectRef;
}

export interface WithheldNode extends Cause {
  readonly node: DesiredNode;
}

/** The object or file whose own fault it is. */
export function rootOf({ object, because }: HeldObject): ObjectRef {
  return because ?? object;
}

function keyOf({ kind, name }: ObjectRef): string {
  return `${kind}/${name}`;
}
