/**
 * Loaded into a Tars.js service before its own code (`node --import`), when neither its package nor the
 * machine brings a node-agent: beats, the admin servant, the notices of start and stop, and the
 * figures of the process (tars-contract §4.6, §10.1). Whatever fails here must not hurt the service.
 */

import { readFileSync } from 'node:fs';
import { Beats } from './beats.ts';
import { openAdminPort } from './admin-port.ts';
import { complain } from './complain.ts';
import { GracefulEnd } from './graceful-end.ts';
import { readHostSettings } from './host-settings.ts';
import { FrameworkCalls } from './framework-calls.ts';
import { UsageReport } from './usage-report.ts';

/** Left of the time to stop for everything else. */
const KILL_MARGIN_MS = 1000;
/** Callers that never pause must not hold up a release for long. */
const FINISH_MS_MAX = 5000;

const conf = process.env['TARS_CONFIG'];
if (conf !== undefined) {
  try {
    start(readFileSync(conf, 'utf8'));
  } catch (error) {
    complain('the host is not there', error);
  }
}

function start(text: string): void {
  const settings = readHostSettings(text);
  if (settings === undefined) return;
  // @tars/rpc counts its calls for the platform only where this is set.
  process.env['TARS_MONITOR'] ??= 'true';
  const calls = new FrameworkCalls(settings);
  const beats = new Beats(settings, calls);
  const usage = new UsageReport(settings, calls);
  const tarsPorts = new Set(settings.adapters.flatMap(({ port, isTars }) => (isTars ? port : [])));
  const ending = new GracefulEnd(({ localPort = 0 }) => tarsPorts.has(localPort));
  const stop = async (): Promise<void> => {
    beats.stop();
    usage.stop();
    await calls.notify('stop');
  };
  openAdminPort(settings, {
    isReady: () => beats.isReady,
    stop,
    finish: () => ending.finish(Math.min(settings.stopMs - KILL_MARGIN_MS, FINISH_MS_MAX)),
  });
  void calls.notify('restart');
}
