/** Lookups of the framework's own names: this port answers, so nobody else is asked. */

import type { LookupAnswer } from '../../registry/lookup/lookup-model.ts';
import { isEveryAddress } from '../../tars/endpoint/every-address.ts';
import { ownAnswer } from '../../registry/lookup/own-answer.ts';
import type { Caller, OwnNode } from './caller.ts';
import type { FrameworkObject } from './framework-names.ts';

interface OwnAnswersOptions {
  readonly names: ReadonlyMap<string, FrameworkObject>;
  readonly node: OwnNode;
  /** What the port is bound to. */
  readonly host: string;
}

const loopback = '127.0.0.1';
const nobody: LookupAnswer = { ret: 0, active: [], inactive: [] };

export class OwnAnswers {
  readonly #options: OwnAnswersOptions;
  /** By host: an answer stays the same object, so that its bytes are made once. */
  readonly #answers = new Map<string, LookupAnswer>();
  #port = 0;

  constructor(options: OwnAnswersOptions) {
    this.#options = options;
  }

  /** Known when the port is open, before the first request. */
  setPort(port: number): void {
    this.#port = port;
    this.#answers.clear();
  }

  /** `undefined` for a name that is not the framework's. Other machines are offered lookups alone. */
  of(name: string, caller: () => Caller): LookupAnswer | undefined {
    const object = this.#options.names.get(name);
    if (object === undefined) return undefined;
    const { isLocal } = caller();
    if (!isLocal && object !== 'query') return nobody;
    return this.#at(this.#hostFor(isLocal));
  }

  #hostFor(isLocal: boolean): string {
    const { host, node } = this.#options;
    if (!isEveryAddress(host)) return host;
    return isLocal ? loopback : (node.addresses()[0] ?? loopback);
  }

  #at(host: string): LookupAnswer {
    const known = this.#answers.get(host);
    if (known !== undefined) return known;
    const made = ownAnswer(host, this.#port, this.#options.node.name);
    this.#answers.set(host, made);
    return made;
  }
}
