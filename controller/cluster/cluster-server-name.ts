/** The name that all members of a cluster have in common in their certificates. */

/**
 * In the certificate of every member: who has it belongs to the cluster, whatever its address. The
 * NATS client cannot compare a certificate with an IP address, so it asks for this name.
 */
export function clusterServerName(cluster: string): string {
  return `${cluster}.tarsier.internal`;
}
