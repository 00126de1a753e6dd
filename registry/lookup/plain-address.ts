/** Addresses of peers in the form in which nodes and groups name them. */

/** IPv4 in the clothes of IPv6 is IPv4. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
