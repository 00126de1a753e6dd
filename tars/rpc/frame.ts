/** A packet behind the length that every TARS frame begins with. */

const LENGTH_BYTES = 4;

export function frameOf(packet: Uint8Array): Uint8Array {
  const length = packet.length + LENGTH_BYTES;
  const frame = Buffer.allocUnsafe(length);
  frame.writeUInt32BE(length, 0);
  frame.set(packet, LENGTH_BYTES);
  return frame;
}
