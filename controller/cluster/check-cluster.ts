/** Whether the parts of a cluster file fit together: members, addresses, certificates. */

import { X509Certificate, createPrivateKey } from 'node:crypto';
import { isIP } from 'node:net';
import { clusterServerName } from './cluster-server-name.ts';
import type { ClusterFile, ClusterMember } from './cluster-file.ts';

/** Every fault, in words that go after "it cannot be used:". No secrets. */
export function checkCluster(file: ClusterFile, now: Date): readonly string[] {
  const own = file.members.find(({ name }) => name === file.member);
  return [
    ...(own === undefined ? [`its member ${file.member} is not in the list of members`] : []),
    ...checkMembers(file.members),
    ...checkCertificate(file, own, now),
  ];
}

export function checkMembers(members: readonly ClusterMember[]): readonly string[] {
  const names = members.map(({ name }) => `the member ${name}`);
  const addresses = members.flatMap(({ host, apiPort, enginePort, routePort }) =>
    [apiPort, enginePort, routePort].map((port) => `the address ${host}:${port}`),
  );
  const repeated = [...names, ...addresses].filter((one, at, all) => all.indexOf(one) !== at);
  return [...new Set(repeated)].map((what) => `${what} is there twice`);
}

/** Where a certificate ends, for those that warn before. */
export function certificateEnd(pem: string): Date {
  return new Date(new X509Certificate(pem).validTo);
}

function checkCertificate(
  { tls, cluster }: ClusterFile,
  own: ClusterMember | undefined,
  now: Date,
): readonly string[] {
  let ca: X509Certificate, cert: X509Certificate, matches: boolean;
  try {
    ca = new X509Certificate(tls.ca);
    cert = new X509Certificate(tls.cert);
    matches = cert.checkPrivateKey(createPrivateKey(tls.key));
  } catch {
    return ['a certificate or key in tls cannot be read'];
  }
  const isIssued = cert.checkIssued(ca) && cert.verify(ca.publicKey);
  return [
    ...(matches ? [] : ['tls.key is not the key of tls.cert']),
    ...(isIssued ? [] : ['tls.cert was not issued by tls.ca']),
    ...checkTime('tls.cert', cert, now),
    ...checkTime('tls.ca', ca, now),
    ...(cert.checkHost(clusterServerName(cluster)) === undefined
      ? [`tls.cert is not for ${clusterServerName(cluster)}`]
      : []),
    ...(own === undefined || isFor(cert, own.host)
      ? []
      : [`tls.cert is not for ${own.host}: renew it after the address has changed`]),
  ];
}

function checkTime(what: string, certificate: X509Certificate, now: Date): readonly string[] {
  if (now > new Date(certificate.validTo)) {
    return [`${what} ran out on ${certificate.validTo}: run tarsctl cluster renew`];
  }
  const isEarly = now < new Date(certificate.validFrom);
  return isEarly ? [`${what} begins on ${certificate.validFrom}: look at the clock`] : [];
}

function isFor(certificate: X509Certificate, host: string): boolean {
  const found = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  return found !== undefined;
}
