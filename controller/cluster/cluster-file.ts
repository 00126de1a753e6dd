/** Reads the file that makes a controller a member of a cluster. It holds keys and passwords. */

import { open } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { checkCluster } from './check-cluster.ts';
import { clusterSchema, type clusterFormat } from './cluster-schema.ts';

export interface ClusterMember {
  readonly name: string;
  /** Where the others reach it: a host name or an address. */
  readonly host: string;
  /** Of the controller's API, over TLS. */
  readonly apiPort: number;
  /** Of the engine, for controllers. */
  readonly enginePort: number;
  /** Of the engine, for its other members. */
  readonly routePort: number;
}

export interface ClusterFile {
  readonly format: typeof clusterFormat;
  readonly cluster: string;
  /** Whose file this is. */
  readonly member: string;
  readonly members: readonly ClusterMember[];
  /** PEM. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly engine: {
    readonly user: string;
    readonly password: string;
    /** Of the account that sees and removes members of the engine. */
    readonly systemUser: string;
    readonly systemPassword: string;
    readonly routePassword: string;
  };
  /** By which controllers know each other. */
  readonly peerToken: string;
  readonly tokens: Readonly<Record<'agent' | 'publish' | 'read' | 'admin', string>>;
}

const fileBytesMax = 256 * 1024;
const validate = new Ajv2020({ allErrors: true }).compile<ClusterFile>(clusterSchema);

/** `CLUSTER_FILE_UNSAFE` when others can read it, `CLUSTER_FILE_INVALID` with every fault in it. */
export async function readClusterFile(path: string, now = new Date()): Promise<ClusterFile> {
  return parseClusterFile(await readPrivateFile(path), path, now);
}

/** Separate from reading, so that what was just made can be checked too. */
export function parseClusterFile(text: string, path: string, now: Date): ClusterFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words would quote the file.
    throw invalid(path, ['it is not JSON']);
  }
  if (!validate(value)) {
    const faults = (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || 'the file'} ${message}${'additionalProperty' in params ? ` (${String(params['additionalProperty'])})` : ''}`,
    );
    throw invalid(path, faults);
  }
  const faults = checkCluster(value, now);
  if (faults.length > 0) throw invalid(path, faults);
  return value;
}

/** The member whose file it is. */
export function ownMember({ member, members }: ClusterFile): ClusterMember {
  const found = members.find(({ name }) => name === member);
  if (found === undefined) throw new TarsierError('DEFECT', `Member ${member} is not in its file.`);
  return found;
}

/** The content of a small file that only its owner may read. `what` it is to the operator: a path. */
export async function readPrivateFile(path: string): Promise<string> {
  try {
    const handle = await open(path, 'r');
    try {
      const { mode, size } = await handle.stat();
      if ((mode & 0o077) !== 0) throw unsafe(path, mode);
      if (size > fileBytesMax) throw invalid(path, [`it has more than ${fileBytesMax} bytes`]);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof TarsierError) throw cause;
    throw new TarsierError(
      'CLUSTER_FILE_INVALID',
      `Cannot read ${path} (${(cause as NodeJS.ErrnoException).code}).`,
      { cause },
    );
  }
}

function unsafe(path: string, mode: number): TarsierError {
  return new TarsierError(
    'CLUSTER_FILE_UNSAFE',
    `The file ${path} holds keys of the cluster and can be read by others (mode ${(mode & 0o777).toString(8)}).`,
    { hint: `Run: chmod 600 ${path}` },
  );
}

function invalid(path: string, faults: readonly string[]): TarsierError {
  return new TarsierError(
    'CLUSTER_FILE_INVALID',
    `The cluster file ${path} cannot be used: ${faults.join('; ')}.`,
    { details: { faults } },
  );
}
