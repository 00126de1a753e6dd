/** Encodes a change of targets as one message, or as several when it is large. */

import type { Targets } from '../../link/messages/messages.ts';
import { encodeMessage } from '../../link/messages/wire.ts';

/** Below the limit of the link, so that other messages get through in between. */
const partBytesMax = 4 * 1024 * 1024;
const partBytesHardMax = 15 * 1024 * 1024;

export interface EncodedTargets {
  readonly frames: readonly Uint8Array[];
  /** Instances whose target is too large for any message; left out. */
  readonly tooLarge: readonly string[];
}

export function encodeTargets(targets: Targets): EncodedTargets {
  const whole = encodeMessage(targets);
  if (whole.byteLength <= partBytesMax) return { frames: [whole], tooLarge: [] };
  const { parts, tooLarge } = split(targets);
  const frames = parts.map((part, index) =>
    encodeMessage(index < parts.length - 1 ? { ...part, more: true } : part),
  );
  return { frames, tooLarge };
}

/** At least one part: also an empty full set has to be told. */
function split(targets: Targets): { readonly parts: Targets[]; readonly tooLarge: string[] } {
  const { upsert, remove, ...head } = targets;
  const first: Targets = { ...head, upsert: [], remove };
  const { nodeFacts: _nodeFacts, ...later } = head;
  const parts: Targets[] = [first];
  const tooLarge: string[] = [];
  let partBytes = encodeMessage(first).byteLength;
  for (const target of upsert) {
    const targetBytes = encodeMessage({ ...later, upsert: [target], remove: [] }).byteLength;
    if (targetBytes > partBytesHardMax) {
      tooLarge.push(target.instance);
      continue;
    }
    const last = parts.at(-1) ?? first;
    if (partBytes + targetBytes <= partBytesMax) {
      parts[parts.length - 1] = { ...last, upsert: [...last.upsert, target] };
      partBytes += targetBytes;
    } else {
      parts.push({ ...later, upsert: [target], remove: [] });
      partBytes = targetBytes;
    }
  }
  return { parts, tooLarge };
}
