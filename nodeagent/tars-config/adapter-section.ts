/** The section of one adapter: where the servant listens, and with which limits. */

import type { ServantSpec } from '../../spec/desired-state.ts';
import type { Section } from '../../tars/config/config-text.ts';
import { bindHost } from './bind-host.ts';
import { section } from './section-parts.ts';
import type { ServiceConfigSource } from './service-config-source.ts';

export function adapterSection(servant: ServantSpec, source: ServiceConfigSource): Section {
  const port = source.ports.get(servant.name) ?? 0;
  const key = source.servantKeys.get(servant.name);
  const isGuarded = servant.auth !== undefined && key !== undefined;
  return section({
    allow: '',
    endpoint: `tcp -h ${bindHost(servant, source.addresses)} -p ${port} -t 60000${isGuarded ? ' -e 1' : ''}`,
    maxconns: String(servant.maxConnections),
    protocol: servant.protocol === 'tars' ? 'tars' : 'not_tars',
    queuecap: String(servant.queueCapacity),
    queuetimeout: String(servant.queueTimeoutMs),
    servant: `${source.service}.${servant.name}`,
    threads: String(servant.threads),
    ...(isGuarded ? { accesskey: servant.auth.accessKey, secretkey: key } : {}),
  });
}
