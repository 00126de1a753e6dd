/** Endpoint strings from people and services to values; what is wrong with them is a value too. */

import { endpointDefaults, type Endpoint, type EndpointProtocol, type Parsed } from './endpoint.ts';

const weightMax = 100;
/** A list is split where a protocol begins, as C++ does it, so that IPv6 hosts stay whole. */
const nextEndpoint = /\s*:\s*(?=(?:tcp|udp|ssl)(?:\s|$))/;

/** Unknown flags are passed over. */
export function parseEndpoint(text: string): Parsed<Endpoint> {
  const [protocol = '', ...tokens] = text.trim().split(/\s+/);
  if (!isProtocol(protocol)) {
    return fault(text, `it begins with "${protocol}"; write tcp, udp or ssl first`);
  }
  const flags = flagsOf(tokens);
  const host = flags.get('-h');
  if (host === undefined || host === '') return fault(text, 'it has no host; add -h and the host');
  const numbers = numbersOf(flags);
  if (typeof numbers === 'string') return fault(text, numbers);
  const { port } = numbers;
  if (port === undefined) return fault(text, 'it has no port; add -p and the port');
  if (port < 0 || port > 65_535) return fault(text, `port ${port} is not between 0 and 65535`);
  const weightType = numbers.weightType ?? endpointDefaults.weightType;
  const value: Endpoint = {
    protocol,
    host: host === '*' ? '0.0.0.0' : host,
    port,
    timeoutMs: numbers.timeoutMs ?? endpointDefaults.timeoutMs,
    grid: numbers.grid ?? endpointDefaults.grid,
    qos: numbers.qos ?? endpointDefaults.qos,
    weight: effectiveWeight(weightType, numbers.weight),
    weightType,
    authType: numbers.authType ?? endpointDefaults.authType,
    bindHost: flags.get('-b') ?? endpointDefaults.bindHost,
    setId: flags.get('-s') ?? endpointDefaults.setId,
  };
  return { ok: true, value };
}

/** `tcp -h A -p 1:tcp -h B -p 2`. An empty text is an empty list. */
export function parseEndpointList(text: string): Parsed<readonly Endpoint[]> {
  if (text.trim() === '') return { ok: true, value: [] };
  const endpoints: Endpoint[] = [];
  for (const part of text.trim().split(nextEndpoint)) {
    const parsed = parseEndpoint(part);
    if (!parsed.ok) return parsed;
    endpoints.push(parsed.value);
  }
  return { ok: true, value: endpoints };
}

function fault(text: string, problem: string): { readonly ok: false; readonly fault: string } {
  return { ok: false, fault: `The endpoint "${text.trim()}" is not valid: ${problem}.` };
}

function isProtocol(word: string): word is EndpointProtocol {
  return word === 'tcp' || word === 'udp' || word === 'ssl';
}

/** A value may be negative; a word of `-` and a letter is the next flag. */
function flagsOf(tokens: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? '';
    if (!token.startsWith('-')) continue;
    const next = tokens[at + 1];
    flags.set(token, next === undefined || /^-[a-z]/i.test(next) ? '' : next);
  }
  return flags;
}

const numberFlags = {
  port: '-p',
  timeoutMs: '-t',
  grid: '-g',
  qos: '-q',
  weight: '-w',
  weightType: '-v',
  authType: '-e',
} as const;

/** The numbers that are given, or what is wrong with one of them. */
function numbersOf(
  flags: ReadonlyMap<string, string>,
): Partial<Record<keyof typeof numberFlags, number>> | string {
  const numbers: Partial<Record<keyof typeof numberFlags, number>> = {};
  for (const [name, flag] of Object.entries(numberFlags)) {
    const given = flags.get(flag);
    if (given === undefined) continue;
    const number = Number(given);
    if (!/^-?\d+$/.test(given) || number !== (number | 0)) {
      return given === '' ? `${flag} has no value` : `${flag} ${given} is no number`;
    }
    numbers[name as keyof typeof numberFlags] = number;
  }
  return numbers;
}

function effectiveWeight(weightType: number, weight: number | undefined): number {
  if (weightType === 0) return endpointDefaults.weight;
  return weight === undefined || weight < 0 ? weightMax : Math.min(weight, weightMax);
}
