/** Lines of an instance; followed over breaks of the connection without losing or repeating one. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import { errorOfProblem } from './answer-errors.ts';
import type { HttpReader } from './http.ts';
import { Backoff, type RetryOptions } from './retry.ts';

export interface LogQuery {
  /** Begin with this many last lines. */
  readonly tail?: number | undefined;
  /** Begin at this byte instead. */
  readonly position?: number | undefined;
  readonly follow?: boolean | undefined;
  /** Only lines with this text. */
  readonly contains?: string | undefined;
}

export interface LogPiece {
  readonly lines: readonly string[];
  /** Byte position behind the last line. */
  readonly position: number;
}

export async function* readLogs(
  http: HttpReader,
  path: string,
  options: RetryOptions & { readonly query: LogQuery },
): AsyncGenerator<LogPiece, void, undefined> {
  const { query, signal } = options;
  const backoff = new Backoff(options);
  let position = query.position;
  for (;;) {
    let failure: unknown;
    try {
      const headers = { accept: 'application/x-ndjson' };
      // A service may be silent for days: only the end of the connection ends the wait.
      const lines = http.readLines(path, { ...query, position }, { headers, signal, quietMs: 0 });
      for await (const line of lines) {
        const piece = parsePiece(line);
        backoff.reset();
        position = piece.position;
        yield piece;
      }
    } catch (error) {
      failure = error;
    }
    if (query.follow !== true) {
      if (failure !== undefined) throw failure;
      return;
    }
    if (!(await backoff.pause(failure))) return;
  }
}

function parsePiece(line: string): LogPiece {
  const value = JSON.parse(line) as Partial<LogPiece> & { readonly problem?: unknown };
  if (value.problem !== undefined) {
    throw (
      errorOfProblem(value.problem) ??
      new TarsierError('API_ANSWER_INVALID', 'The log ended with an error of no known kind.')
    );
  }
  return { lines: value.lines ?? [], position: value.position ?? 0 };
}
