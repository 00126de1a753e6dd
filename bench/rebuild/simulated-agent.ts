/** An agent over the real link whose services are entries in memory; counts what would restart them. */

import { ControllerRing } from '../../link/connection/controller-ring.ts';
import { connectToController, type ControllerConnection } from '../../link/connection/connect.ts';
import type { Targets } from '../../link/messages/messages.ts';
import type { InstanceObserved, InstanceTarget } from '../../registry/model.ts';
import { observedOf } from '../../test/support/registry/builders.ts';

export class SimulatedAgent {
  readonly node: string;
  /** What runs. */
  readonly targets = new Map<string, InstanceTarget>();
  /** Starts and stops of services since it was set to 0. */
  changes = 0;
  readonly #connection: ControllerConnection;
  #reports = 0;
  #revision = 0;
  #registryId: string | undefined;
  #welcomedBy: string | undefined;

  constructor(node: string, controller: { readonly url: string; readonly token: string }) {
    this.node = node;
    this.#connection = connectToController({
      controllers: new ControllerRing({ named: [controller.url] }),
      token: controller.token,
      hello: () => ({
        node,
        sessionId: node,
        agentVersion: '0',
        bootId: 'b',
        hostname: 'bench',
        haveRevision: this.#revision,
        ...(this.#registryId === undefined ? {} : { registryId: this.#registryId }),
      }),
      onOpen: (welcome) => {
        this.#reports = 0;
        this.#welcomedBy = welcome.registryId;
        if (welcome.tellHeld === true) this.#tellHeld();
        this.#report(true, [...this.targets.values()].map(runningOf));
      },
      onMessage: (message) => {
        if (message.type === 'targets') this.#onTargets(message);
      },
      onClose: () => {},
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #tellHeld(): void {
    const targets = [...this.targets.values()];
    const packages = targets.flatMap(({ content: { release }, artifact }) =>
      release === undefined || artifact === undefined ? [] : [{ ...release, ...artifact }],
    );
    this.#connection.send({ type: 'held', targets, packages, highestToken: 1 });
  }

  #onTargets({ base, revision, upsert, remove, keep = [] }: Targets): void {
    const gone = new Set(remove);
    if (base === undefined) {
      const kept = new Set([...keep, ...upsert.map(({ instance }) => instance)]);
      for (const instance of this.targets.keys()) if (!kept.has(instance)) gone.add(instance);
    }
    for (const instance of gone) if (this.targets.delete(instance)) this.changes += 1;
    for (const target of upsert) {
      const before = this.targets.get(target.instance);
      if (before?.revision !== target.revision || before.state !== target.state) this.changes += 1;
      this.targets.set(target.instance, target);
    }
    this.#revision = revision;
    this.#registryId = this.#welcomedBy;
    this.#connection.send({ type: 'targets-ack', revision });
    this.#report(false, upsert.map(runningOf), [...gone]);
  }

  #report(full: boolean, instances: readonly InstanceObserved[], gone: string[] = []): void {
    this.#reports += 1;
    this.#connection.send({ type: 'report', number: this.#reports, full, instances, gone });
  }
}

function runningOf({ instance, revision, generation }: InstanceTarget): InstanceObserved {
  return observedOf(instance, { revision, observedGeneration: generation });
}
