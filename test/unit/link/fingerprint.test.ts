/** The agreed shape of messages: no change without another protocol version. */

import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { expect, it } from 'vitest';
import type { AgentMessage, ControllerMessage } from '../../../link/messages/messages.ts';
import { protocolVersion } from '../../../link/messages/messages.ts';
import type { ValueOf } from '../../../link/messages/shape.ts';
import { agentShapes, controllerShapes } from '../../../link/messages/shapes.ts';

/** One row per version that was ever released; the last one is the current one. */
const fingerprints: Readonly<Record<number, string>> = {
  1: 'c892a4c5df40980fbd6de3411ecd2807ba1bb80b1d051f467e67bdb9f8cff2d8',
  2: '76b9a7f2c8ea2b5b2a3d516eea7569e5e183ef609d64d28a9411c691969e47d1',
  3: 'fcef9686f02ff85d40168b4a4e0c98d8311fd5a80c7150f8ffa6ca67634931dd',
  4: '490a7d7ccbcfc5f213aa195f3cd9007c353ffb135f3f812de8ef33418c31f8e0',
};

it('has the fingerprint of its protocol version', () => {
  const text = canonicalize({ agentShapes, controllerShapes }) ?? '';
  const fingerprint = createHash('sha256').update(text).digest('hex');
  expect(
    fingerprint,
    `The shape of a message has changed, and protocolVersion is still ${protocolVersion}. Raise protocolVersion in link/messages/messages.ts, say in docs what agents of the version before will see, and add the row ${protocolVersion + 1}: '${fingerprint}' to this test.`,
  ).toBe(fingerprints[protocolVersion]);
});

/** One way of writing a type, so that two ways of saying the same become identical. */
type Plain<T> = T extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? { [Name in keyof T]: Plain<T[Name]> }
    : T;

/** `true` only for the very same type: also an optional field too many makes it `false`. */
type Same<Left, Right> =
  (<T>() => T extends Plain<Left> ? 1 : 2) extends <T>() => T extends Plain<Right> ? 1 : 2
    ? true
    : false;

type MessageOf<Type> = Extract<AgentMessage | ControllerMessage, { readonly type: Type }>;
type Agreed<Shapes> = {
  [Type in keyof Shapes]: Same<ValueOf<Shapes[Type]>, MessageOf<Type>>;
};

it('has shapes that say what the types say', () => {
  // The compiler compares: a field that is only in a type, or only in a shape, fails the type check.
  const agent: Agreed<typeof agentShapes> = {
    hello: true,
    heartbeat: true,
    report: true,
    'targets-ack': true,
    'logs-chunk': true,
    interest: true,
    'objects-ack': true,
    collected: true,
    'command-result': true,
    'lock-request': true,
    held: true,
  };
  const controller: Agreed<typeof controllerShapes> = {
    welcome: true,
    refuse: true,
    targets: true,
    'report-ack': true,
    'logs-request': true,
    'logs-cancel': true,
    objects: true,
    'collected-ack': true,
    command: true,
    'lock-result': true,
    token: true,
  };
  expect(Object.keys(agent)).toEqual(Object.keys(agentShapes));
  expect(Object.keys(controller)).toEqual(Object.keys(controllerShapes));
});
