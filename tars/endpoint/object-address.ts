/** Object strings: `App.Server.Obj` is looked up, `App.Server.Obj@tcp -h A -p 1:…` is called directly. */

import type { Endpoint, Parsed } from './endpoint.ts';
import { parseEndpointList } from './parse-endpoint.ts';
import { printEndpointList } from './print-endpoint.ts';

export interface ObjectAddress {
  readonly object: string;
  /** Empty: to be looked up. */
  readonly endpoints: readonly Endpoint[];
}

export function parseObjectAddress(text: string): Parsed<ObjectAddress> {
  const at = text.indexOf('@');
  const object = (at < 0 ? text : text.slice(0, at)).trim();
  if (object === '' || /\s/.test(object)) {
    const fault = `The object string "${text.trim()}" has no name in front; write App.Server.Obj, then @ and its endpoints if it is not to be looked up.`;
    return { ok: false, fault };
  }
  if (at < 0) return { ok: true, value: { object, endpoints: [] } };
  const parsed = parseEndpointList(text.slice(at + 1));
  if (!parsed.ok) return parsed;
  if (parsed.value.length === 0) {
    return { ok: false, fault: `The object string "${text.trim()}" has no endpoint after the @.` };
  }
  return { ok: true, value: { object, endpoints: parsed.value } };
}

export function printObjectAddress({ object, endpoints }: ObjectAddress): string {
  return endpoints.length === 0 ? object : `${object}@${printEndpointList(endpoints)}`;
}
