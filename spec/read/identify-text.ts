/** Tells which object a document is that does not parse, when its text leaves no doubt. */

import { isKindName, kindSchemas } from '../../schemas/kinds.ts';
import type { ObjectRef } from '../fault.ts';

const kindLine = /^kind:[ \t]+(["']?)(\w+)\1[ \t]*(?:#.*)?$/gm;
const metadataBlock = /^metadata:[ \t]*(?:#.*)?\r?\n((?:[ ]+.*(?:\r?\n|$))*)/gm;
const metadataFlow = /^metadata:[ \t]*\{([^}\r\n]*)/gm;
const nameLine = /^([ ]+)name:[ \t]+(["']?)([^\s"'#]+)\2[ \t]*(?:#.*)?$/gm;
const nameFlow = /(?:^|,)[ \t]*name:[ \t]+(["']?)([^\s"',]+)\1/g;
const conflictMarker = /^(?:<{7}|>{7})/m;

/**
 * `undefined` when in doubt: to take a document for another object than it was would make the one
 * it was look deleted.
 */
export function identifyText(text: string): ObjectRef | undefined {
  if (conflictMarker.test(text)) return undefined;
  const kind = onlyMatch(text, kindLine)?.[2];
  const name = nameIn(text);
  if (kind === undefined || name === undefined) return undefined;
  const object = { kind, name };
  return isNameOf(object) ? object : undefined;
}

/** True when an object of this kind may have this name. */
export function isNameOf({ kind, name }: ObjectRef): boolean {
  if (!isKindName(kind)) return false;
  const pattern = kindSchemas[kind].properties?.['metadata']?.properties?.['name']?.pattern;
  return pattern !== undefined && new RegExp(pattern, 'u').test(name);
}

function nameIn(text: string): string | undefined {
  const block = onlyMatch(text, metadataBlock)?.[1];
  if (block !== undefined) {
    const line = onlyMatch(block, nameLine);
    const indent = /^ */.exec(block)?.[0];
    return line?.[1] === indent ? line?.[3] : undefined;
  }
  const flow = onlyMatch(text, metadataFlow)?.[1];
  return flow === undefined ? undefined : onlyMatch(flow, nameFlow)?.[2];
}

function onlyMatch(text: string, pattern: RegExp): RegExpExecArray | undefined {
  const matches = [...text.matchAll(pattern)];
  return matches.length === 1 ? matches[0] : undefined;
}
