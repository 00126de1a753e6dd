/** The admin servant of a Tars.js service: commands become process messages, as under node-agent. */

import { AdminF } from '../../tars/framework/admin-f.ts';
import { servant } from '../../tars/rpc/servant.ts';
import { startTarsServer } from '../../tars/rpc/server.ts';
import { complain } from './complain.ts';
import type { HostSettings } from './host-settings.ts';

export interface AdminPorts {
  /** Its servants answer. */
  isReady(): boolean;
  /** Called once, before the process ends; resolves when it was told to others. */
  stop(): Promise<void>;
  /** Resolves when answers that are owed went out, or it took too long. */
  finish(): Promise<void>;
}

/** Nothing when the configuration has no `local` endpoint. A port that is taken is complained of. */
export function openAdminPort({ local }: HostSettings, ports: AdminPorts): void {
  if (local === undefined) return;
  let isStopping = false;
  const admin = servant(AdminF, {
    shutdown() {
      if (!isStopping) void shutdown(ports);
      isStopping = true;
      return {};
    },
    notify: ({ command }) => ({ ret: notify(command, ports) }),
    getPid: () => ({ ret: process.pid }),
  });
  const servants = new Map([['AdminObj', admin]]);
  const log = {
    warn: (fields: unknown, text?: string) => complain(text ?? '', fields),
    error: (fields: unknown, text?: string) => complain(text ?? '', fields),
  };
  startTarsServer({ ...local, servants, log }).catch((error: unknown) =>
    complain('no admin port', error),
  );
}

/** `name parameters`; what the program makes of it is its own business. */
function notify(text: string, ports: AdminPorts): string {
  const [, name = '', data = ''] = /^(\S*)\s*(.*)$/s.exec(text.trim()) ?? [];
  if (name === 'tars.viewversion') return process.version;
  if (name === 'preheatCheck') return ports.isReady() ? 'success' : 'not ready';
  tell(data === '' ? { cmd: name } : { cmd: name, data });
  return 'ok';
}

/** A program that listens for the end of its connection to node-agent, or for a signal, knows how to end. */
async function shutdown(ports: AdminPorts): Promise<void> {
  const told = ports.stop();
  tell({ cmd: 'agent.shutdown' });
  if (process.emit('disconnect')) return;
  if (process.listenerCount('SIGTERM') > 0) process.emit('SIGTERM', 'SIGTERM');
  else {
    await Promise.all([told, ports.finish()]);
    process.exit(0);
  }
}

function tell(message: { readonly cmd: string; readonly data?: string }): void {
  process.emit('message', message, undefined);
}
