/** What a service's configuration is rendered from, with everything that a test does not care about filled in. */

import type { ServiceConfigSource } from '../../../nodeagent/tars-config/service-config-source.ts';
import { servant } from './targets.ts';

export function configSource(given: Partial<ServiceConfigSource> = {}): ServiceConfigSource {
  return {
    service: 'Shop.CartServer',
    type: 'tars-cpp',
    node: 'n1',
    addresses: { lan: '10.0.0.1', wan: '198.51.100.7' },
    basePath: '/s/releases/1',
    dataPath: '/s/data',
    logPath: '/s/log/tars',
    exe: '/s/releases/1/CartServer',
    stopTimeoutMs: 5000,
    servants: [
      servant('CartObj', { protocol: 'tars', threads: 5 }),
      servant('WebObj', { protocol: 'not-tars' }),
    ],
    ports: new Map([
      ['CartObj', 10_001],
      ['WebObj', 10_002],
    ]),
    adminPort: 10_003,
    servantsAddress: { host: '127.0.0.1', port: 19_386 },
    servantKeys: new Map(),
    callerKeys: [],
    set: undefined,
    template: undefined,
    ...given,
  };
}
