/** Calls of the host to the agent next to it; the agent may be away at any time. */

import { createRequire } from 'node:module';
import { NotifyF } from '../../tars/framework/notify-f.ts';
import {
  PropertyF,
  type StatPropMsgBody,
  type StatPropMsgHead,
} from '../../tars/framework/property-f.ts';
import { ServerF } from '../../tars/framework/server-f.ts';
import { TarsClient, type TarsProxy } from '../../tars/rpc/client.ts';
import type { HostSettings } from './host-settings.ts';

const SERVER_OBJECT = 'tars.tarsnode.ServerObj';
const CALL_TIMEOUT_MS = 3000;
/** Of ReportInfo: a message of the framework itself. */
const REPORT = 0;

/** Of the library, where node-agent says its own version; of Node when the program has none. */
function libraryVersion(): string {
  try {
    const require = createRequire(process.argv[1] ?? '');
    const { version } = require('@tars/rpc/package.json') as { readonly version: string };
    return version;
  } catch {
    return process.version;
  }
}

export class FrameworkCalls {
  readonly #settings: HostSettings;
  readonly #server: TarsProxy<typeof ServerF>;
  readonly #notify: TarsProxy<typeof NotifyF>;
  readonly #property: TarsProxy<typeof PropertyF>;

  constructor(settings: HostSettings) {
    this.#settings = settings;
    const client = new TarsClient({ callTimeoutMs: CALL_TIMEOUT_MS });
    const { agent, notifyObject, propertyObject } = settings;
    this.#server = client.proxy(agent, SERVER_OBJECT, ServerF);
    this.#notify = client.proxy(agent, notifyObject, NotifyF);
    this.#property = client.proxy(agent, propertyObject, PropertyF);
  }

  /** `isReady`: its servants answer. Until then the agent is asked for patience. */
  async beat(isReady: boolean): Promise<void> {
    const { app: application, server: serverName } = this.#settings;
    const beat = { serverInfo: { application, serverName, pid: process.pid, adapter: '' } };
    await quietly(isReady ? this.#server.keepAlive(beat) : this.#server.keepActiving(beat));
  }

  async reportVersion(): Promise<void> {
    const { app, server } = this.#settings;
    await quietly(
      this.#server.reportVersion({ app, serverName: server, version: libraryVersion() }),
    );
  }

  async notify(message: string): Promise<void> {
    const { app, server, node, notifyObject } = this.#settings;
    if (notifyObject === '') return;
    const info = {
      eType: REPORT,
      sApp: app,
      sSet: '',
      sContainer: '',
      sServer: server,
      sMessage: message,
      sThreadId: String(process.pid),
      sNodeName: node,
    };
    await quietly(this.#notify.reportNotifyInfo({ info }));
  }

  async reportFigures(figures: ReadonlyMap<StatPropMsgHead, StatPropMsgBody>): Promise<void> {
    if (this.#settings.propertyObject === '') return;
    await quietly(this.#property.reportPropMsg({ statmsg: figures }, { oneWay: true }));
  }
}

/** The agent is away: the next call tells it again, and the service goes on meanwhile. */
async function quietly(call: Promise<unknown>): Promise<void> {
  await call.catch(() => undefined);
}
