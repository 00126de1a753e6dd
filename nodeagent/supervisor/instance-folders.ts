/** Where everything of one instance is on the disk. */

import { join } from 'node:path';

export interface InstanceFolders {
  readonly root: string;
  readonly conf: string;
  readonly confList: string;
  readonly data: string;
  readonly runs: string;
  readonly log: string;
  /** For what a TARS library writes itself; belongs to the service's user. */
  readonly tarsLog: string;
  readonly attempts: string;
  /** Shared libraries for all services of this machine. */
  readonly lib: string;
}

export function servicesFolder(dataDir: string): string {
  return join(dataDir, 'services');
}

/** `service` is `App.Server`: its grammar has no separators, and the spec checked it. */
export function instanceFolders(dataDir: string, service: string): InstanceFolders {
  const root = join(servicesFolder(dataDir), service);
  return {
    root,
    conf: join(root, 'conf'),
    confList: join(root, 'conf.list'),
    data: join(root, 'data'),
    runs: join(root, 'runs'),
    log: join(root, 'log'),
    tarsLog: join(root, 'log', 'tars'),
    attempts: join(root, 'attempts'),
    lib: join(dataDir, 'lib'),
  };
}
