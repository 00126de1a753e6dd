/** How far a push has come: a bar with rate and time left on a terminal, plain lines elsewhere. */

import { SingleBar } from 'cli-progress';
import { formatBytes } from '../../registry/status/render/format-bytes.ts';
import { formatDuration } from '../../registry/status/render/format-time.ts';
import type { PushProgress } from '../../sdk/typescript/push-package.ts';
import type { CliContext } from '../context.ts';

interface ProgressView {
  readonly update: (progress: PushProgress) => void;
  stop(): void;
}

/** Without a terminal, a line at most this often. */
const lineEveryMs = 5_000;
/** A push that is over sooner needs no bar. */
const quietMs = 300;

/** `verb`: what is done with it, for plain lines. */
export function showProgress(context: CliContext, what: string, verb = 'sending'): ProgressView {
  return context.isTty ? bar(context, what) : lines(context, what, verb);
}

function bar({ stderr }: CliContext, what: string): ProgressView {
  const rate = new TransferRate();
  let shown: SingleBar | undefined;
  let waitingFor: string | undefined;
  return {
    update(progress) {
      const note = rate.note(progress);
      if (progress.phase === 'waiting' && progress.reason !== waitingFor) {
        shown?.stop();
        shown = undefined;
        stderr.write(`◎ ${progress.reason ?? 'no connection'} Trying again.\n`);
      }
      waitingFor = progress.reason;
      if (progress.phase !== 'sending' && shown === undefined) return;
      if (rate.elapsedMs < quietMs) return;
      shown ??= startBar(stderr, progress);
      const text = progress.phase === 'checking' ? 'checking' : note;
      shown.update(progress.sentBytes, { what, note: text });
    },
    stop() {
      shown?.stop();
    },
  };
}

function startBar(stream: NodeJS.WritableStream, { totalBytes }: PushProgress): SingleBar {
  const shown = new SingleBar({
    stream,
    format: '► {what}  {bar}  {percentage} %  {note}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  shown.start(totalBytes, 0, { what: '', note: '' });
  return shown;
}

function lines({ stderr }: CliContext, what: string, verb: string): ProgressView {
  const rate = new TransferRate();
  let lastLineAt = -Infinity;
  let waitingFor: string | undefined;
  return {
    update(progress) {
      const note = rate.note(progress);
      if (progress.phase === 'waiting' && progress.reason !== waitingFor) {
        stderr.write(`◎ ${progress.reason ?? 'no connection'} Trying again.\n`);
      }
      waitingFor = progress.reason;
      const isDue = performance.now() - lastLineAt >= lineEveryMs;
      if (progress.phase === 'sending' && isDue) {
        lastLineAt = performance.now();
        const percent = Math.floor((100 * progress.sentBytes) / progress.totalBytes);
        stderr.write(`► ${verb} ${what}: ${percent} %, ${note}\n`);
      }
    },
    stop() {},
  };
}

/** Bytes per second since the first byte of this run: earlier runs do not count. */
class TransferRate {
  #startedAt: number | undefined;
  #startBytes = 0;

  get elapsedMs(): number {
    return this.#startedAt === undefined ? 0 : performance.now() - this.#startedAt;
  }

  /** `120 of 300 MiB, 52 MiB/s, 3s left`. */
  note({ sentBytes, totalBytes }: PushProgress): string {
    if (this.#startedAt === undefined) {
      this.#startedAt = performance.now();
      this.#startBytes = sentBytes;
    }
    const size = `${formatBytes(sentBytes)} of ${formatBytes(totalBytes)}`;
    const bytesPerMs = (sentBytes - this.#startBytes) / this.elapsedMs;
    if (!Number.isFinite(bytesPerMs) || bytesPerMs <= 0) return size;
    const leftMs = (totalBytes - sentBytes) / bytesPerMs;
    return `${size}, ${formatBytes(bytesPerMs * 1000)}/s, ${formatDuration(leftMs)} left`;
  }
}
