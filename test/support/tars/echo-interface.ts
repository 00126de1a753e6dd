/** An interface that shows what calls must keep: exact integers, defaults, out parameters, slow and failing functions. */

import { setTimeout as delay } from 'node:timers/promises';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { encodeResult } from '../../../tars/codec/call.ts';
import { defineInterface, param } from '../../../tars/codec/interface.ts';
import { optional, required, struct, t } from '../../../tars/codec/types.ts';
import { servant, type Servant, type ServantCall } from '../../../tars/rpc/servant.ts';

const Wish = struct('Wish', {
  text: required(0, t.string),
  loud: optional(1, t.bool, true),
  times: optional(2, t.int32, 3),
});

/** `Wish` as an older interface file has it: the optional fields are never on the wire. */
const ShortWish = struct('Wish', { text: required(0, t.string) });

export const EchoF = defineInterface('EchoF', {
  add: {
    in: { left: param(1, t.int64), right: param(2, t.int64) },
    out: { text: param(3, t.string) },
    returns: t.int64,
  },
  wish: { in: { wish: param(1, Wish) }, out: {}, returns: t.string },
  waitFor: { in: { ms: param(1, t.int32) }, out: {}, returns: t.int32 },
  /** Ready encoded. */
  known: { in: { id: param(1, t.string) }, out: {}, returns: t.string },
  blob: { in: { size: param(1, t.int32) }, out: {}, returns: t.bytes },
  hold: { in: { body: param(1, t.bytes) }, out: {}, returns: t.int32 },
  fail: { in: { how: param(1, t.string) }, out: {}, returns: t.int32 },
  note: { in: { text: param(1, t.string) }, out: {} },
});

export const ShortEchoF = defineInterface('EchoF', {
  wish: { in: { wish: param(1, ShortWish) }, out: {}, returns: t.string },
});

/** Calls of `hold` that wait to be let go. */
class Gate {
  readonly #waiting: (() => void)[] = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  open(): void {
    for (const release of this.#waiting.splice(0)) release();
  }
}

/** Keeps what it was called with, so that tests can look at effects. */
export class Echo {
  readonly calls: ServantCall[] = [];
  readonly notes: string[] = [];
  readonly gate = new Gate();
  readonly servant: Servant;

  constructor() {
    this.servant = servant(EchoF, {
      add: ({ left, right }, call) => {
        this.calls.push(call);
        return { ret: left + right, text: `${left} and ${right}` };
      },
      wish: ({ wish: { text, loud, times } }) => ({ ret: `${text} ${loud} ${times}` }),
      waitFor: async ({ ms }) => {
        await delay(ms);
        return { ret: ms };
      },
      known: ({ id }) => ({ encoded: encodeResult(EchoF.functions.known, 1, { ret: `<${id}>` }) }),
      blob: ({ size }) => ({ ret: new Uint8Array(size) }),
      hold: async ({ body }) => {
        await this.gate.wait();
        return { ret: body.length };
      },
      fail: ({ how }) => failure(how),
      note: ({ text }) => {
        this.notes.push(text);
        return {};
      },
    });
  }
}

function failure(how: string): { ret: number } | Promise<{ ret: number }> {
  switch (how) {
    case 'throws':
      throw new Error('secret inside');
    case 'rejects':
      return Promise.reject(new Error('secret inside'));
    case 'says why':
      throw new TarsierError('USAGE', 'That cannot be done: ask for less.');
    default:
      return { ret: 0.5 };
  }
}
