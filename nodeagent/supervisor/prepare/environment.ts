/** The environment of a service: nothing of the agent's own, only what is listed here. */

import type { MacroValues } from './macros.ts';

export interface EnvironmentSource {
  readonly instance: string;
  readonly service: string;
  readonly version: string | undefined;
  readonly revision: string;
  readonly macros: MacroValues;
  readonly home: string;
  /** Folder of the Node that runs the agent: found last, so that the machine's own programs win. */
  readonly nodeFolder: string;
  /** From the spec, macros replaced; wins over all but the run's marker. */
  readonly env: Readonly<Record<string, string>>;
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function buildEnvironment(source: EnvironmentSource): Record<string, string> {
  const { macros } = source;
  const ports = [...macros.ports].map(([servant, port]) => [
    `TARSIER_PORT_${servant.toUpperCase()}`,
    String(port),
  ]);
  return {
    PATH: `${SYSTEM_PATH}:${source.nodeFolder}`,
    HOME: source.home,
    LANG: 'C.UTF-8',
    TARSIER_INSTANCE: source.instance,
    TARSIER_SERVICE: source.service,
    TARSIER_NODE: macros.node,
    TARSIER_ADDRESS: macros.address,
    TARSIER_VERSION: source.version ?? '',
    TARSIER_REVISION: source.revision,
    TARSIER_CONF_DIR: macros.conf,
    TARSIER_DATA_DIR: macros.data,
    TARSIER_RELEASE_DIR: macros.release,
    ...Object.fromEntries(ports),
    ...source.env,
  };
}
