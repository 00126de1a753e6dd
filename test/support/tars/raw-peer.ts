/** A TCP peer that sends what bytes it likes, and keeps all that came back. */

import { connect, type Socket } from 'node:net';
import { decodeStruct } from '../../../tars/codec/decode.ts';
import { encodeStruct } from '../../../tars/codec/encode.ts';
import type { InputOf } from '../../../tars/codec/types.ts';
import { RequestPacket, ResponsePacket } from '../../../tars/framework/packets.ts';
import { frameOf } from '../../../tars/rpc/frame.ts';
import { FrameSplitter } from '../../../tars/rpc/frame-splitter.ts';

export class RawPeer {
  readonly socket: Socket;
  /** Packets without their length. */
  readonly packets: Uint8Array[] = [];
  bytesReceived = 0;
  isClosed = false;
  readonly #splitter = new FrameSplitter(64 * 1024 * 1024);

  static async connect(port: number): Promise<RawPeer> {
    const peer = new RawPeer(port);
    await new Promise<void>((resolve, reject) => {
      peer.socket.once('connect', resolve);
      peer.socket.once('error', reject);
    });
    return peer;
  }

  private constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    this.socket.on('data', (chunk: Uint8Array) => this.#received(chunk));
    this.socket.on('error', () => undefined);
    this.socket.on('end', () => this.socket.end());
    this.socket.on('close', () => {
      this.isClosed = true;
    });
  }

  get replies(): readonly ResponsePacket[] {
    return this.packets.map((packet) => decodeStruct(ResponsePacket, packet));
  }

  /** Replies to TUP requests have the shape of a request. */
  get tupReplies(): readonly RequestPacket[] {
    return this.packets.map((packet) => decodeStruct(RequestPacket, packet));
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  destroy(): void {
    this.socket.destroy();
  }

  #received(chunk: Uint8Array): void {
    this.bytesReceived += chunk.length;
    this.#splitter.push(chunk);
    for (let packet = this.#splitter.next(); packet; packet = this.#splitter.next()) {
      this.packets.push(packet);
    }
  }
}

type RequestFields = Partial<InputOf<typeof RequestPacket>>;

/** A request of version 1 for `tars_ping` of `Test.EchoServer.EchoObj`, unless `fields` say otherwise. */
export function requestPacket(fields: RequestFields = {}): Uint8Array {
  return encodeStruct(RequestPacket, {
    iVersion: 1,
    iRequestId: 1,
    sServantName: 'Test.EchoServer.EchoObj',
    sFuncName: 'tars_ping',
    ...fields,
  });
}

export function requestFrame(fields: RequestFields = {}): Uint8Array {
  return frameOf(requestPacket(fields));
}
