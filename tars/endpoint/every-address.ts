/** Addresses that are bound to and never dialled. */

const everyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Whether a host, as one listens on it, stands for every address of the machine. */
export function isEveryAddress(host: string): boolean {
  return everyAddress.has(host);
}
