/** `ServerObj`: services say that they are alive, and which version of their library they are (tars-contract §2.3). */

import { ServerF } from '../../tars/framework/server-f.ts';
import { servant, type Servant, type ServantCall } from '../../tars/rpc/servant.ts';
import type { ServantContext } from './servant-context.ts';

/** Takes beats of the services on this node. Each function is false for a service that is not here. */
export interface ServerBeats {
  /** `adapter` is empty for every adapter of the service. */
  keepAlive(beat: {
    readonly service: string;
    readonly pid: number;
    readonly adapter: string;
  }): boolean;
  /** Still starting, and not stuck. */
  keepActiving(beat: { readonly service: string; readonly pid: number }): boolean;
  reportVersion(service: string, version: string): boolean;
  /** Of any service, since 1970; 0 without any. */
  latestKeepAliveSeconds(): number;
}

const VERSION_CHARACTERS_MAX = 128;
const ADAPTER_CHARACTERS_MAX = 256;

export function serverObject(beats: ServerBeats, { gate }: Pick<ServantContext, 'gate'>): Servant {
  const answer = (call: ServantCall, beat: () => boolean) => ({
    ret: gate.admit(call) !== undefined && beat() ? 0 : -1,
  });
  return servant(ServerF, {
    keepAlive: ({ serverInfo }, call) =>
      answer(call, () => {
        const { application, serverName, pid, adapter } = serverInfo;
        if (adapter.length > ADAPTER_CHARACTERS_MAX) return false;
        return beats.keepAlive({ service: `${application}.${serverName}`, pid, adapter });
      }),
    keepActiving: ({ serverInfo: { application, serverName, pid } }, call) =>
      answer(call, () => beats.keepActiving({ service: `${application}.${serverName}`, pid })),
    reportVersion: ({ app, serverName, version }, call) =>
      answer(call, () =>
        beats.reportVersion(`${app}.${serverName}`, version.slice(0, VERSION_CHARACTERS_MAX)),
      ),
    getLatestKeepAliveTime: (_parameters, call) => ({
      ret: gate.admit(call) === undefined ? 0 : beats.latestKeepAliveSeconds(),
    }),
  });
}
