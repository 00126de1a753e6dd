/** Requests with damaged bytes: whatever they are, they are answered, passed over or refused, and never more. */

import { fc } from '../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { encodeArguments } from '../../../tars/codec/call.ts';
import { decodeStruct } from '../../../tars/codec/decode.ts';
import { required, struct, t } from '../../../tars/codec/types.ts';
import { RequestPacket, ResponsePacket } from '../../../tars/framework/packets.ts';
import { answerRequest } from '../../../tars/rpc/answer-request.ts';
import type { TarsConnection } from '../../../tars/rpc/tars-connection.ts';
import { Echo, EchoF } from '../../support/tars/echo-interface.ts';
import { requestPacket } from '../../support/tars/raw-peer.ts';

const connection: TarsConnection = {
  peerAddress: '127.0.0.1',
  peerPort: 1,
  stats: { requests: 0, replies: 0, pushes: 0 },
  push: () => true,
  onClose: () => undefined,
  close: () => undefined,
};
const OBJECT = 'Test.EchoServer.EchoObj';
const servants = new Map([[OBJECT, new Echo().servant]]);
const { wish, add, note } = EchoF.functions;

function packets(): readonly Uint8Array[] {
  const context = new Map([['node_name', 'n1']]);
  return ([1, 2, 3, 5] as const).flatMap((iVersion) => [
    requestPacket({
      iVersion,
      context,
      sFuncName: 'wish',
      sBuffer: encodeArguments(wish, iVersion, {
        wish: { text: 'tea', loud: false, times: 70_000 },
      }),
    }),
    requestPacket({
      iVersion,
      context,
      sFuncName: 'add',
      sBuffer: encodeArguments(add, iVersion, { left: 2n ** 62n, right: 1n }),
    }),
    requestPacket({
      iVersion,
      sFuncName: 'note',
      sBuffer: encodeArguments(note, iVersion, { text: 'ü'.repeat(200) }),
    }),
  ]);
}

const change = fc.record({
  at: fc.nat(400),
  value: fc.nat(255),
  how: fc.constantFrom('set', 'cut', 'insert'),
});

function damage(
  packet: Uint8Array,
  changes: readonly { at: number; value: number; how: string }[],
): Uint8Array {
  const bytes = [...packet];
  for (const { at, value, how } of changes) {
    const index = bytes.length === 0 ? 0 : at % bytes.length;
    if (how === 'set') bytes[index] = value;
    else if (how === 'cut') bytes.splice(index, value);
    else bytes.splice(index, 0, value);
  }
  return Uint8Array.from(bytes);
}

/** `answered`, `silent` or `refused`; throws on anything else. */
function fateOf(packet: Uint8Array): string {
  let frame: unknown;
  try {
    frame = answerRequest(packet, { servants, connection, failed: () => undefined });
  } catch (error) {
    if (isTarsierError(error) && error.code === 'TARS_PACKET') return 'refused';
    throw error;
  }
  if (frame === undefined) return 'silent';
  // A changed name may have hit a function that answers later.
  if (frame instanceof Promise) return 'answered';
  const reply = (frame as Uint8Array).subarray(4);
  const { iVersion } = decodeStruct(ResponsePacketHead, reply);
  decodeStruct(iVersion === 2 || iVersion === 3 ? RequestPacket : ResponsePacket, reply);
  return 'answered';
}

const ResponsePacketHead = struct('Head', { iVersion: required(1, t.int16) });

test('undamaged requests are answered in every version', () => {
  expect(packets().map(fateOf)).toEqual(packets().map(() => 'answered'));
});

test('damaged requests never break anything', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.constantFrom(...packets()),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (packet, changes) => {
        const fate = fateOf(damage(packet, changes));
        seen.set(fate, (seen.get(fate) ?? 0) + 1);
      },
    ),
    { numRuns: 4_000 },
  );
  expect(seen.get('answered')).toBeGreaterThan(100);
  expect(seen.get('refused')).toBeGreaterThan(100);
});

test('noise is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      fateOf(noise);
    }),
    { numRuns: 2_000 },
  );
  expect(fateOf(new Uint8Array(300).fill(0xff))).toBe('refused');
});
