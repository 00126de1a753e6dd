/** A wire between services and the servants of their agent that notes every call that passes. */

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { readFields, type Fields, type Value } from '../servants/read-fields.ts';

/** Read by hand from the bytes, without our codec. */
export interface TappedCall {
  readonly servant: string;
  readonly func: string;
  readonly isOneWay: boolean;
  readonly context: Readonly<Record<string, string>>;
  reply?: { readonly ret: number; readonly context: Readonly<Record<string, string>> };
}

export interface WireTap {
  readonly port: number;
  readonly calls: readonly TappedCall[];
  close(): void;
}

/** `port`: 0 takes a free one. */
export async function startWireTap(targetPort: number, port = 0): Promise<WireTap> {
  const calls: TappedCall[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(targetPort, '127.0.0.1');
    const open = new Map<number, TappedCall>();
    const note = (packet: Fields): void => {
      const call = asCall(packet);
      calls.push(call);
      open.set(Number(packet[4]), call);
    };
    const answer = (packet: Fields): void => {
      const call = open.get(Number(packet[3]));
      if (call !== undefined) {
        call.reply = { ret: Number(packet[5] ?? 0), context: asTexts(packet[9]) };
      }
    };
    join(incoming, outgoing, note);
    join(outgoing, incoming, answer);
    sockets.add(incoming).add(outgoing);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function join(from: Socket, to: Socket, take: (packet: Fields) => void): void {
  let waiting = Buffer.alloc(0);
  from.on('data', (chunk: Buffer) => {
    to.write(chunk);
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= waiting.readUInt32BE()) {
      const length = waiting.readUInt32BE();
      take(readFields(waiting.subarray(4, length)));
      waiting = waiting.subarray(length);
    }
  });
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}

function asCall(packet: Fields): TappedCall {
  return {
    servant: String(packet[5]),
    func: String(packet[6]),
    isOneWay: packet[2] === 1,
    context: asTexts(packet[9]),
  };
}

function asTexts(value: Value | undefined): Readonly<Record<string, string>> {
  if (!(value instanceof Map)) return {};
  return Object.fromEntries([...value].map(([key, text]) => [String(key), String(text)]));
}
