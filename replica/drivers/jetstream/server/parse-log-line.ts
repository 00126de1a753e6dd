/** Takes apart a line that `nats-server` writes to its log. */

export type EngineLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface EngineLine {
  readonly level: EngineLevel;
  /** Without process and time: the record that carries it has them. */
  readonly line: string;
}

const levels: Readonly<Record<string, EngineLevel>> = {
  TRC: 'debug',
  DBG: 'debug',
  INF: 'info',
  WRN: 'warn',
  ERR: 'error',
  FTL: 'fatal',
};

/** Warnings about what we chose: passwords that stand in a file of mode 0600, and large batches. */
const chosen = /^(Plaintext passwords detected|Maximum payloads over)/;

/** A line of another form (a stack of Go, say) is kept whole, as an error. */
export function parseLogLine(text: string): EngineLine {
  const match = /^\[\d+\] \S+ \S+ \[([A-Z]{3})\] (.*)$/s.exec(text);
  const level = levels[match?.[1] ?? ''];
  if (match === null || level === undefined) return { level: 'error', line: text };
  const line = (match[2] ?? '').trimEnd();
  return { level: chosen.test(line) ? 'info' : level, line };
}
