/** Stores a package under a version of its own and, as the operator wants it, releases it through Git. */

import type { PackageContents } from '../patch/package-contents.ts';
import type { StoredPackages } from '../patch/stored-packages.ts';
import type { RegistryState } from '../../registry/model.ts';
import type { ReceivedFile } from './receive-package.ts';
import type { ReleaseWriter } from './release-writer.ts';

/** `commit`: on the followed branch; `branch`: on a new one, for a pull request; `store`: neither. */
export type PublishMode = 'store' | 'branch' | 'commit';

export interface PublishPorts {
  readonly mode: PublishMode;
  readonly packages: StoredPackages;
  readonly contents: PackageContents;
  readonly writer: ReleaseWriter;
  state(): Pick<RegistryState, 'scopes'>;
  /** The branch that is followed, once it is known. */
  branch(): string | undefined;
  now(): number;
}

export interface PackageToPublish {
  readonly service: string;
  readonly file: ReceivedFile;
  readonly comment: string;
}

export interface Published {
  readonly version: string;
  /** Absent when the package was only stored. */
  readonly commit?: string;
  /** Set with mode `branch`. */
  readonly branch?: string;
}

/** The service must be in Git. Errors of the patch store, `PUBLISH_…`, `SOURCE_…`. */
export async function publishPackage(
  { service, file, comment }: PackageToPublish,
  ports: PublishPorts,
): Promise<Published> {
  const version = await store({ service, file, comment }, ports);
  const origin = originOf(ports.state(), service);
  const branch = ports.branch();
  if (ports.mode === 'store' || origin === undefined || branch === undefined) return { version };
  const target = ports.mode === 'commit' ? branch : `release/${service}/${version}`;
  const subject = `Release ${service} ${version}`;
  const { commit } = await ports.writer.write({
    service,
    file: origin.path,
    release: { version, digest: file.digest },
    message: comment === '' ? subject : `${subject}\n\n${comment}`,
    branch,
    target,
  });
  return { version, commit, ...(ports.mode === 'branch' ? { branch: target } : {}) };
}

function originOf({ scopes }: Pick<RegistryState, 'scopes'>, service: string) {
  for (const { desired } of scopes.values()) {
    if (desired.service === service) return desired.origin;
  }
  return undefined;
}

/** The same bytes are the same version: a build that is uploaded twice is stored once. */
async function store(
  { service, file, comment }: PackageToPublish,
  { packages, contents, now }: PublishPorts,
): Promise<string> {
  const stored = packages.list(service).find(({ digest }) => digest === file.digest);
  if (stored !== undefined) return stored.version;
  const version = versionOf(now(), file.digest);
  await contents.admit(file.path, file.digest, async (summary) =>
    packages.add(service, version, {
      digest: file.digest,
      sizeBytes: file.sizeBytes,
      ...summary,
      pushedAt: now(),
      by: '',
      comment,
      source: 'push',
    }),
  );
  return version;
}

/** Such as `20260517.083012-77c04e1f`: sorts by time, and says which bytes it is. */
function versionOf(at: number, digest: string): string {
  const time = new Date(at).toISOString().replaceAll(/[-:]/g, '').replace('T', '.').slice(0, 15);
  return `${time}-${digest.slice('sha256:'.length, 'sha256:'.length + 8)}`;
}
