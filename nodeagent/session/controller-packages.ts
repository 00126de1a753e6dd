/** Packages from the controller that the agent is connected to; the HTTP client is loaded with the first one. */

import { patchContentPath } from '../../link/packages/patch-api.ts';
import type { PackageSource } from '../release/package-source.ts';

export interface ControllerPackagesOptions {
  /** The one that the agent is, or was last, connected to; asked for each request. */
  controllerUrl(): string;
  readonly token: string;
  /** Certificates to trust beside the system's, in PEM. */
  readonly ca?: string;
}

export interface ControllerPackages extends PackageSource {
  /** As the controller says in its welcome. */
  setPath(path: string): void;
}

export function controllerPackages(options: ControllerPackagesOptions): ControllerPackages {
  let path: string = patchContentPath;
  let source: Promise<PackageSource> | undefined;
  const contentUrl = (): string => `${options.controllerUrl().replace(/\/+$/, '')}${path}`;
  return {
    setPath(given) {
      path = given;
    },
    async open(digest, startByte, signal) {
      source ??= load(options, contentUrl);
      return (await source).open(digest, startByte, signal);
    },
  };
}

/** An agent that installs nothing does without 20 MB of HTTP client. */
async function load(
  options: ControllerPackagesOptions,
  contentUrl: () => string,
): Promise<PackageSource> {
  const { httpPackageSource } = await import('../release/package-source.ts');
  const { Agent } = await import('undici');
  const { ca } = options;
  return httpPackageSource({
    contentUrl,
    token: () => options.token,
    ...(ca === undefined ? {} : { dispatcher: new Agent({ connect: { ca } }) }),
  });
}
