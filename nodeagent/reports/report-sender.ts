/** Sends reports to the controller, a few batches at a time, until each is acknowledged. */

import type { TaskMessage } from '../../link/connection/connect.ts';
import type { LinkPart, LinkSend } from '../session/link-part.ts';
import type { Batch, Cursor } from './report-buffer.ts';

export interface SentReports {
  read(cursor: Cursor | undefined): Batch | undefined;
  acknowledged(stream: string, upTo: number): void;
}

/** Batches that may be on the way. */
const BATCHES_MAX = 4;
/** A controller that could not keep a batch does not answer it: it is sent again. */
const ACK_WITHIN_MS = 15_000;

interface Sent {
  /** Where it began; `undefined` for the very beginning. */
  readonly start: Cursor | undefined;
  readonly stream: string;
  readonly upTo: number;
}

export class ReportSender implements LinkPart {
  readonly #reports: SentReports;
  readonly #send: LinkSend;
  #cursor: Cursor | undefined;
  #onTheWay: Sent[] = [];
  #isOpen = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(reports: SentReports, send: LinkSend) {
    this.#reports = reports;
    this.#send = send;
  }

  /** Sends what there is, as far as the link and the controller take it. */
  pump(): void {
    while (this.#isOpen && this.#onTheWay.length < BATCHES_MAX) {
      const batch = this.#reports.read(this.#cursor);
      if (batch === undefined) return;
      const { stream, from, entries, next } = batch;
      if (!this.#send({ type: 'collected', stream, from, entries })) return;
      const upTo = from + entries.length - 1;
      this.#onTheWay.push({ start: this.#cursor, stream, upTo });
      this.#cursor = next;
      this.#timer ??= setTimeout(() => this.#sendAgain(), ACK_WITHIN_MS);
    }
  }

  onOpen(): void {
    this.#isOpen = true;
    this.#rewind();
    this.pump();
  }

  onMessage(message: TaskMessage): boolean {
    if (message.type !== 'collected-ack') return false;
    const { stream, upTo } = message;
    // It may have had some of them already, and then answers for more than it was sent now.
    const at = this.#onTheWay.findLastIndex((sent) => sent.stream === stream && sent.upTo <= upTo);
    if (at >= 0) {
      this.#onTheWay.splice(0, at + 1);
      this.#reports.acknowledged(stream, upTo);
      clearTimeout(this.#timer);
      this.#timer = undefined;
      if (this.#onTheWay.length > 0) {
        this.#timer = setTimeout(() => this.#sendAgain(), ACK_WITHIN_MS);
      }
    }
    this.pump();
    return true;
  }

  onDrain(): void {
    this.pump();
  }

  onClose(): void {
    this.#isOpen = false;
    this.#rewind();
  }

  #sendAgain(): void {
    this.#rewind();
    this.pump();
  }

  #rewind(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [oldest] = this.#onTheWay;
    if (oldest !== undefined) this.#cursor = oldest.start;
    this.#onTheWay = [];
  }
}
