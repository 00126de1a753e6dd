/** Reads the keys of a service's configuration that are meant for the agent, not for the library. */

import type { Section } from '../../tars/config/config-text.ts';

/** Keys of `/tars/application/server`. A key without a value counts as missing. */
export interface TemplateKeys {
  get(name: string): string | undefined;
  /** Names of the adapters: sections with an endpoint. */
  readonly adapters: readonly string[];
}

export function templateKeys(config: Section): TemplateKeys {
  const server = config.sections.get('tars')?.sections.get('application')?.sections.get('server');
  const sections = [...(server?.sections ?? [])];
  return {
    get(name) {
      const value = unescape(server?.values.get(name) ?? '');
      return value === '' ? undefined : value;
    },
    adapters: sections.filter(([, { values }]) => values.has('endpoint')).map(([name]) => name),
  };
}

const escapes: Readonly<Record<string, string>> = { '=': '=', s: ' ', r: '\r', n: '\n', t: '\t' };

/** `\=` for `=` and `\s` for a blank that counts (tars-contract §4.4). */
function unescape(value: string): string {
  return value.replaceAll(/\\([=srnt\\])/g, (_, letter: string) => escapes[letter] ?? letter);
}

/** `A=1;B=2` or `A=1|B=2`; pairs without a usable name are left out. */
export function parseEnvironmentKey(text: string): Record<string, string> {
  const pairs = text.split(/[;|]/).flatMap((part) => {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0)).trim();
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? [[name, part.slice(at + 1).trim()]] : [];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

const beatTimeoutMsDefault = 45_000;

/**
 * How long an adapter may be silent. Libraries beat every 10 to 11 s, so less than `leastMs` would
 * restart healthy services; a number below 1000 was meant in seconds by nobody, and is the default.
 */
export function beatTimeoutMs(text: string | undefined, leastMs: number): number {
  const value = Number(text ?? beatTimeoutMsDefault);
  const isUsable = Number.isFinite(value) && value >= 1000;
  return Math.max(leastMs, isUsable ? value : beatTimeoutMsDefault);
}

const retainDaysDefault = 7;

/** Whole days that old files stay; 0 for ever. */
export function retainDays(text: string | undefined): number {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : retainDaysDefault;
}
