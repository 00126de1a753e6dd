/** What a notification says, by the rules of the TARS notify server (tars-contract §2.6). */

import type { NotifyBody } from '../report-bodies.ts';
import { boundedText } from './bounded-text.ts';

/** TARS `ReportInfo`. */
export interface NotifyRequest {
  /** 0 REPORT, 1 NOTIFY. */
  readonly eType: number;
  readonly sApp: string;
  readonly sSet: string;
  readonly sServer: string;
  readonly sMessage: string;
  readonly sThreadId: string;
  /** 0 normal, 1 warn, 2 error. */
  readonly eLevel: number;
  readonly sNodeName: string;
}

const NAME_CHARACTERS_MAX = 128;
const MESSAGE_CHARACTERS_MAX = 8 * 1024;

/** The first that the text holds is the level of a REPORT. */
const marks = [
  ['[alarm]', 'alarm'],
  ['[error]', 'error'],
  ['[warn]', 'warn'],
  ['[fail]', 'error'],
] as const;

const levels = ['normal', 'warn', 'error'] as const;

export function notifyReport(info: NotifyRequest, caller: string): NotifyBody {
  const isReport = info.eType === 0;
  return {
    type: isReport ? 'report' : 'notify',
    ...splitService(name(info.sApp), name(info.sServer)),
    set: name(info.sSet),
    node: info.sNodeName === '' ? caller : name(info.sNodeName),
    thread: name(info.sThreadId),
    level: isReport ? levelOfText(info.sMessage) : (levels[info.eLevel] ?? 'normal'),
    message: boundedText(info.sMessage, MESSAGE_CHARACTERS_MAX),
  };
}

function levelOfText(message: string): NotifyBody['level'] {
  return marks.find(([mark]) => message.includes(mark))?.[1] ?? 'normal';
}

/** Java sends no application, and `App.Server` as the server. */
function splitService(app: string, server: string): { app: string; server: string } {
  const dot = server.indexOf('.');
  if (app !== '' || dot <= 0) return { app, server };
  return { app: server.slice(0, dot), server: server.slice(dot + 1) };
}

function name(value: string): string {
  return boundedText(value, NAME_CHARACTERS_MAX);
}
