/** The lines of a Service that run one stored version. */

import type { PackageVersionView } from '../../link/packages/patch-api.ts';

export function releaseYaml({ package: name, version, digest }: PackageVersionView): string {
  return [
    '  release:',
    `    package: ${name}`,
    // Quoted, so that 1.10 stays 1.10.
    `    version: "${version}"`,
    `    digest: ${digest}`,
    '',
  ].join('\n');
}
