/** `ConfigObj`: configuration files of the services on this node, as their targets say (tars-contract §2.4, §7.2). */

import type { ServedFile } from '../../spec/desired-state.ts';
import { checkConfigText } from '../../tars/config/check-config-text.ts';
import { ConfigF } from '../../tars/framework/config-f.ts';
import { servant, type Servant, type ServantCall } from '../../tars/rpc/servant.ts';
import { isOwnName } from './caller.ts';
import {
  contentOf,
  filesOf,
  namesOf,
  type ConfigOwner,
  type ServedConfigs,
} from './rules/config-answers.ts';
import { LoadLimit } from './rules/load-limit.ts';
import type { ServantContext } from './servant-context.ts';

const TOO_MANY_LOADS = 429;
const NAME_CHARACTERS_MAX = 512;

/** `host`: empty for this node. */
type Owner = ConfigOwner & { readonly host: string };

export function configObject(configs: ServedConfigs, context: ServantContext): Servant {
  const { gate, complaints, node, now } = context;
  const limit = new LoadLimit();

  const filesFor = (owner: Owner, call: ServantCall): readonly ServedFile[] => {
    const isHere = owner.host === '' || isOwnName(owner.host, node);
    const files = isHere ? filesOf(configs, owner) : 'foreign';
    if (files !== 'foreign') return files;
    const { app, server, host } = owner;
    const fields = { app, server, host, peerAddress: call.peerAddress, func: call.func };
    complaints.add(
      'SERVANT_CONFIG_ELSEWHERE',
      'configuration of a service not on this node',
      fields,
    );
    return [];
  };
  const load = (owner: Owner, filename: string, call: ServantCall) => {
    const caller = gate.admit(call);
    if (caller === undefined) return { ret: -1, config: '' };
    const parts = [owner.app, owner.server, filename];
    // Nothing has such a name, and nothing is remembered of it.
    if (parts.some(({ length }) => length > NAME_CHARACTERS_MAX)) return { ret: 0, config: '' };
    const key = JSON.stringify([...parts, caller.address]);
    if (!limit.admit(key, now())) return { ret: TOO_MANY_LOADS, config: '' };
    return { ret: 0, config: contentOf(filesFor(owner, call), owner, filename) };
  };
  const check = (owner: Owner, filename: string, call: ServantCall) => {
    if (gate.admit(call) === undefined) return { ret: -1, result: '' };
    const content = contentOf(filesFor(owner, call), owner, filename);
    const fault = checkConfigText(content);
    if (fault === undefined) return { ret: 0, result: 'ok' };
    const line = content.slice(0, fault.offset).split('\n').length;
    return { ret: -1, result: `line ${line}: ${fault.message}` };
  };
  const list = (owner: Owner, which: 'node' | 'all', call: ServantCall) => {
    if (gate.admit(call) === undefined) return { ret: -1, vf: [] };
    return { ret: 0, vf: namesOf(filesFor(owner, call), owner, which) };
  };

  return servant(ConfigF, {
    ListConfig: ({ app, server }, call) => list(ownerNamed(app, server), 'node', call),
    loadConfig: ({ app, server, filename }, call) => load(ownerNamed(app, server), filename, call),
    loadConfigByHost: ({ appServerName, filename, host }, call) =>
      load(ownerOnHost(appServerName, host), filename, call),
    checkConfig: ({ appServerName, filename, host }, call) =>
      check(ownerOnHost(appServerName, host), filename, call),
    ListConfigByInfo: ({ configInfo }, call) => list(ownerInfo(configInfo), 'node', call),
    loadConfigByInfo: ({ configInfo }, call) =>
      load(ownerInfo(configInfo), configInfo.filename, call),
    checkConfigByInfo: ({ configInfo }, call) =>
      check(ownerInfo(configInfo), configInfo.filename, call),
    ListAllConfigByInfo: ({ configInfo }, call) => list(ownerInfo(configInfo), 'all', call),
  });
}

function ownerNamed(app: string, server: string): Owner {
  return { app, server, appOnly: false, host: '' };
}

/** `App.Server`, or the application alone. */
function ownerOnHost(appServerName: string, host: string): Owner {
  const dot = appServerName.indexOf('.');
  if (dot < 0) return { ...ownerNamed(appServerName, ''), host };
  return { ...ownerNamed(appServerName.slice(0, dot), appServerName.slice(dot + 1)), host };
}

/** Host and set are left aside: libraries fill in what they believe, and this node knows better. */
function ownerInfo(info: {
  readonly appname: string;
  readonly servername: string;
  readonly bAppOnly: boolean;
}): Owner {
  return { ...ownerNamed(info.appname, info.servername), appOnly: info.bAppOnly };
}
