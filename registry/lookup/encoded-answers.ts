/** The bytes of answered lookups, made once for each answer: most lookups of a machine ask for the same. */

import { encodeFields } from '../../tars/codec/encode.ts';
import { t } from '../../tars/codec/types.ts';
import { EndpointF } from '../../tars/framework/endpoint-f.ts';
import { endpointFields } from './endpoint-fields.ts';
import type { LookupAnswer } from './lookup-model.ts';

/** Where the lists are among the parameters: alone as the return value, or active and inactive from a tag on. */
export type AnswerLayout = 'active' | 'from-2' | 'from-3';

const endpoints = t.list(EndpointF);

export class EncodedAnswers {
  readonly #bytes: Readonly<Record<AnswerLayout, WeakMap<LookupAnswer, Uint8Array>>> = {
    active: new WeakMap(),
    'from-2': new WeakMap(),
    'from-3': new WeakMap(),
  };

  /** The result belongs to this object and must not be changed. */
  of(answer: LookupAnswer, layout: AnswerLayout): Uint8Array {
    const known = this.#bytes[layout].get(answer);
    if (known !== undefined) return known;
    const made = encode(answer, layout);
    this.#bytes[layout].set(answer, made);
    return made;
  }
}

function encode(answer: LookupAnswer, layout: AnswerLayout): Uint8Array {
  const active = answer.active.map(endpointFields);
  if (layout === 'active') return encodeFields([[0, endpoints, active]]);
  const tag = layout === 'from-2' ? 2 : 3;
  return encodeFields([
    [0, t.int32, answer.ret],
    [tag, endpoints, active],
    [tag + 1, endpoints, answer.inactive.map(endpointFields)],
  ]);
}
