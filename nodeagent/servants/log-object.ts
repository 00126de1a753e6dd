/** `LogObj`: lines of the remote logs of services (tars-contract §2.5). */

import { LogF } from '../../tars/framework/log-f.ts';
import { servant, type Servant, type ServantCall } from '../../tars/rpc/servant.ts';
import { boundedText } from './rules/bounded-text.ts';
import { logFileName, type LogFileRequest } from './rules/log-file-name.ts';
import { storedLogLines, type LogLinesRequest } from './rules/log-lines.ts';
import type { ServantContext } from './servant-context.ts';

/** Of one call. */
const LINES_MAX = 10_000;
const NAME_CHARACTERS_MAX = 128;

export function logObject(context: ServantContext): Servant {
  const { gate, complaints, reporter, now } = context;
  const store = (
    info: LogFileRequest & LogLinesRequest,
    buffer: readonly string[],
    call: ServantCall,
  ): Record<string, never> => {
    const caller = gate.admit(call);
    if (caller === undefined || buffer.length === 0) return {};
    const source = `${name(info.appname)}.${name(info.servername)}`;
    const file = logFileName(info, localSeconds(now()));
    if (file === undefined) {
      const fields = { source, peerAddress: call.peerAddress };
      complaints.add('SERVANT_LOG_NAMELESS', 'log lines of nobody dropped', fields);
      return {};
    }
    const dropped = buffer.length - LINES_MAX;
    if (dropped > 0) {
      complaints.add('SERVANT_REPORT_CUT', 'report cut', { kind: 'log', source, dropped });
    }
    const lines = storedLogLines(info, caller.name, buffer.slice(0, LINES_MAX));
    reporter.log(source, { file, lines });
    return {};
  };
  return servant(LogF, {
    logger: ({ app, server, file, format, buffer }, call) =>
      store(
        { ...plainLog, appname: app, servername: server, sFilename: file, sFormat: format },
        buffer,
        call,
      ),
    loggerbyInfo: ({ info, buffer }, call) => store(info, buffer, call),
  });
}

/** What `logger` cannot say. */
const plainLog = {
  setdivision: '',
  bHasSufix: true,
  bHasAppNamePrefix: true,
  sConcatStr: '_',
  sSepar: '|',
  sLogType: '',
} as const;

function name(text: string): string {
  return boundedText(text, NAME_CHARACTERS_MAX);
}

/** Seconds since 1970 on the wall clock of this machine, by which log files are named. */
function localSeconds(atMs: number): number {
  return Math.floor(atMs / 1000) - new Date(atMs).getTimezoneOffset() * 60;
}
