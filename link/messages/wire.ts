/** Messages as bytes and back. What arrives is checked in full before anyone sees it. */

import { Packr } from 'msgpackr';
import { checkFrame } from './check-frame.ts';
import { checkShape } from './check-shape.ts';
import { protocolVersion, type AgentMessage, type ControllerMessage } from './messages.ts';
import type { Shape } from './shape.ts';
import { agentShapes, controllerShapes } from './shapes.ts';

/** Plain maps, numbers as numbers, nothing for what is undefined. */
export const packr = new Packr({
  useRecords: false,
  int64AsType: 'number',
  skipValues: [undefined],
} as {
  useRecords: false;
});

export type Decoded<Message> =
  | { readonly ok: true; readonly message: Message }
  /** `fault` is a sentence without the code `LINK_MESSAGE_INVALID`, which is always the same. */
  | {
      readonly ok: false;
      readonly fault: string;
      /** Set when the peer speaks another version: the fault is only the consequence. */
      readonly otherVersion?: number;
    };

export function encodeMessage(message: AgentMessage | ControllerMessage): Uint8Array {
  return packr.pack(message);
}

export function decodeAgentMessage(bytes: Uint8Array): Decoded<AgentMessage> {
  return decode<AgentMessage>(agentShapes, bytes);
}

export function decodeControllerMessage(bytes: Uint8Array): Decoded<ControllerMessage> {
  return decode<ControllerMessage>(controllerShapes, bytes);
}

function decode<Message extends { readonly type: string }>(
  shapes: Readonly<Record<string, Shape>>,
  bytes: Uint8Array,
): Decoded<Message> {
  const frameFault = checkFrame(bytes);
  if (frameFault !== undefined) return { ok: false, fault: frameFault };
  const value = unpack(bytes);
  const isObject = typeof value === 'object' && value !== null;
  const type = isObject && 'type' in value ? value.type : undefined;
  if (!isObject || typeof type !== 'string' || !Object.hasOwn(shapes, type)) {
    return { ok: false, fault: 'the message has no known type' };
  }
  const fault = checkShape(shapes[type] as Shape, value, type);
  if (fault === undefined) return { ok: true, message: value as Message };
  const spoken = versionOf(value);
  const isOther = type === 'hello' && spoken !== undefined && spoken !== protocolVersion;
  return { ok: false, fault, ...(isOther ? { otherVersion: spoken } : {}) };
}

function versionOf(value: object): number | undefined {
  const version = 'protocolVersion' in value ? value.protocolVersion : undefined;
  return typeof version === 'number' ? version : undefined;
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch {
    return undefined;
  }
}
