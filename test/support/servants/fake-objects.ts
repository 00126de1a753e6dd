/** What an agent holds of objects, with a controller behind it that answers at once. */

import type { ObjectSource } from '../../../nodeagent/locator/object-source.ts';
import type { LookupObject } from '../../../registry/lookup/lookup-model.ts';
import { noTopology, type DesiredTopology } from '../../../spec/desired-state.ts';

export class FakeObjects implements ObjectSource {
  /** Everything that the controller knows. */
  readonly atController = new Map<string, LookupObject>();
  /** Names that were asked for, as often as they were. */
  readonly asked: string[] = [];
  topology: DesiredTopology = noTopology;
  readonly #held = new Map<string, LookupObject | 'unknown'>();
  readonly #listeners = new Set<(names: readonly string[] | 'topology') => void>();

  find(name: string): LookupObject | 'unknown' | undefined {
    return this.#held.get(name);
  }

  async ask(name: string): Promise<LookupObject | 'unknown'> {
    this.asked.push(name);
    await new Promise((done) => setImmediate(done));
    const answer = this.atController.get(name) ?? 'unknown';
    this.#held.set(name, answer);
    return answer;
  }

  onChange(listener: (names: readonly string[] | 'topology') => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A change that the controller pushes. */
  push(...objects: readonly LookupObject[]): void {
    for (const object of objects) {
      this.atController.set(object.name, object);
      this.#held.set(object.name, object);
    }
    this.#tell(objects.map(({ name }) => name));
  }

  /** Given up, because nobody asked for a long time. */
  expire(name: string): void {
    this.#held.delete(name);
    this.#tell([name]);
  }

  pushTopology(topology: DesiredTopology): void {
    this.topology = topology;
    this.#tell('topology');
  }

  #tell(names: readonly string[] | 'topology'): void {
    for (const listener of this.#listeners) listener(names);
  }
}
