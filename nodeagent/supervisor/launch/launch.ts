/** How a service of a TARS type is started: a command line, and what is known of the process behind it. */

import type { InstanceRevision, TarsType } from '../../../spec/desired-state.ts';
import type { TemplateKeys } from '../../tars-config/template-keys.ts';
import type { Problem } from '../decide/situation.ts';
import type { TarsRun } from '../run/run-intent.ts';
import { javaCommand } from './java-command.ts';
import { nativeCommand } from './native-command.ts';
import { nodejsCommand } from './nodejs-command.ts';
import { phpCommand } from './php-command.ts';

export interface LaunchSource {
  readonly content: InstanceRevision & { readonly type: TarsType };
  /** Folder of the program. */
  readonly bin: string;
  /** The configuration file. */
  readonly conf: string;
  readonly keys: TemplateKeys;
  /** Node for services whose package brings none. */
  readonly nodeBinary: string;
  /** Folder of the node-agent that this machine supplies. */
  readonly nodeAgentPath: string | undefined;
  /** What Node loads before a Tars.js program that has no node-agent: it gives what that would. */
  readonly nodeHost: (() => string) | undefined;
}

export interface Launch {
  /** For `/bin/sh -c`. */
  readonly command: string;
  /** Where a program runs that expects to be in its own folder, not in that of its logs. */
  readonly folder?: string;
  readonly beats: TarsRun['beats'];
  /** Whether it has an admin servant. */
  readonly admin: boolean;
  /** Asks it to end, when its admin servant does not. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  readonly remark?: Problem;
}

const planners: Readonly<Record<TarsType, (source: LaunchSource) => Launch>> = {
  'tars-cpp': nativeCommand,
  'tars-go': nativeCommand,
  'tars-python': nativeCommand,
  'tars-java': javaCommand,
  'tars-nodejs': nodejsCommand,
  'tars-php': phpCommand,
};

/** Command lines of tars-contract §4.5. Fails with `AGENT_START_UNKNOWN`. */
export function planLaunch(source: LaunchSource): Launch {
  const { type, start } = source.content;
  if (start === undefined) return planners[type](source);
  // It may be started under a library that speaks for it, or not: what it says is heard anyway.
  const beats = type === 'tars-nodejs' ? 'none' : 'library';
  return { command: start, beats, admin: type !== 'tars-php', stopSignal: 'SIGTERM' };
}
