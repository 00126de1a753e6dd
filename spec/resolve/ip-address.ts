/** IPv4 and IPv6 addresses and ranges as numbers. */

export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface IpRange {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly last: bigint;
}

/** Undefined for host names and for what only looks like an address. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return { bits: 32, value };
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = splitGroups(halves[0] ?? '');
  const tail = splitGroups(halves[1] ?? '');
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  let value = 0n;
  for (const group of groups) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    value = value * 65536n + BigInt(`0x${group}`);
  }
  return { bits: 128, value };
}

function splitGroups(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

/** `10.1.0.0/16`; the bits behind the prefix do not matter. */
export function parseIpRange(text: string): IpRange | undefined {
  const [address = '', prefix = ''] = text.split('/');
  const ip = parseIp(address);
  const length = Number(prefix);
  if (ip === undefined || !/^[0-9]{1,3}$/.test(prefix) || length > ip.bits) return undefined;
  const size = 1n << BigInt(ip.bits - length);
  const first = ip.value - (ip.value % size);
  return { bits: ip.bits, first, last: first + size - 1n };
}

export function isInRange(ip: IpAddress, range: IpRange): boolean {
  return ip.bits === range.bits && ip.value >= range.first && ip.value <= range.last;
}

/** The address `steps` behind `ip`; undefined behind the last one. */
export function addToIp(ip: IpAddress, steps: number): IpAddress | undefined {
  const value = ip.value + BigInt(steps);
  return value >> BigInt(ip.bits) === 0n ? { bits: ip.bits, value } : undefined;
}

export function formatIp(ip: IpAddress): string {
  const [count, width, radix, mark] = ip.bits === 32 ? [4, 8n, 10, '.'] : [8, 16n, 16, ':'];
  const groups = Array.from({ length: Number(count) }, (_, index) => {
    const shift = BigInt(Number(count) - 1 - index) * width;
    return ((ip.value >> shift) & ((1n << width) - 1n)).toString(Number(radix));
  });
  return ip.bits === 32 ? groups.join(mark) : shortenZeros(groups);
}

/** The longest run of zero groups as `::` (RFC 5952). */
function shortenZeros(groups: readonly string[]): string {
  let best = { start: 0, length: 1 };
  for (let start = 0; start < groups.length; start += 1) {
    let end = start;
    while (groups[end] === '0') end += 1;
    if (end - start > best.length) best = { start, length: end - start };
  }
  if (best.length === 1) return groups.join(':');
  const head = groups.slice(0, best.start).join(':');
  const tail = groups.slice(best.start + best.length).join(':');
  return `${head}::${tail}`;
}
