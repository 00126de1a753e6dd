/** What the server says, as records of the process that looks after it. */

import { parseLogLine } from './parse-log-line.ts';

type Write = (fields: object, message: string) => void;

/** A pino logger is one. */
export interface EngineLog {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

const complaintsKept = 5;

export interface EngineRecorder {
  record(text: string): void;
  /** The newest errors, oldest first, for the message when it ends. */
  readonly complaints: readonly string[];
}

export function createRecorder(log: EngineLog): EngineRecorder {
  const complaints: string[] = [];
  return {
    complaints,
    record(text) {
      const { level, line } = parseLogLine(text);
      // The server's emblem, drawn with strokes.
      if (!/[A-Za-z0-9]/.test(line)) return;
      log[level === 'fatal' ? 'error' : level]({ line }, 'engine');
      if (level !== 'fatal' && level !== 'error') return;
      complaints.push(line);
      if (complaints.length > complaintsKept) complaints.shift();
    },
  };
}
