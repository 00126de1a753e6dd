/** What reported figures say, by the rules of the TARS property server (tars-contract §2.8). */

import type { PropertyValue } from '../report-bodies.ts';
import { boundedText } from './bounded-text.ts';
import { joinSet } from './join-set.ts';

/** TARS `StatPropMsgHead`. */
export interface PropertyHead {
  readonly moduleName: string;
  readonly propertyName: string;
  readonly setName: string;
  readonly setArea: string;
  readonly setID: string;
  readonly iPropertyVer: number;
}

/** TARS `StatPropMsgBody`. */
export interface PropertyInfo {
  readonly vInfo: readonly { readonly policy: string; readonly value: string }[];
}

const NAME_CHARACTERS_MAX = 256;
const POLICY_CHARACTERS_MAX = 64;
const VALUE_CHARACTERS_MAX = 2 * 1024;
const VALUES_MAX = 16;

/** `reporter`: its node or address, never what the head claims. */
export function propertyValue(
  head: PropertyHead,
  body: PropertyInfo,
  reporter: string,
): PropertyValue {
  return {
    module: withoutSet(text(head.moduleName), head),
    name: text(head.propertyName),
    host: reporter,
    set: joinSet([head.setName, head.setArea, head.setID].map(text)),
    version: head.iPropertyVer,
    values: body.vInfo.slice(0, VALUES_MAX).map(({ policy, value }) => ({
      policy: boundedText(policy, POLICY_CHARACTERS_MAX),
      value: boundedText(value, VALUE_CHARACTERS_MAX),
    })),
  };
}

/** JS services of a set glue it to their name. */
function withoutSet(module: string, { setName, setArea, setID }: PropertyHead): string {
  const set = `.${setName}${setArea}${setID}`;
  return set.length > 1 && module.endsWith(set) ? module.slice(0, -set.length) : module;
}

function text(value: string): string {
  return boundedText(value, NAME_CHARACTERS_MAX);
}
