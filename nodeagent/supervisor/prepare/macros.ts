/** Replaces `${port.X}`, `${node}`, `${address}`, `${conf}`, `${data}` and `${release}`; a shell's own `${NAME}` stays. */

import { TarsierError } from '../../../errors/tarsier-error.ts';

export interface MacroValues {
  readonly node: string;
  readonly address: string;
  readonly conf: string;
  readonly data: string;
  readonly release: string;
  /** By servant name. */
  readonly ports: ReadonlyMap<string, number>;
}

const pattern = /\$\{(port\.([A-Za-z0-9_]+)|node|address|conf|data|release)\}/g;

/** `where` names the field in the message. Fails with `AGENT_MACRO_UNKNOWN` for a port nobody declared. */
export function replaceMacros(text: string, values: MacroValues, where: string): string {
  return text.replaceAll(pattern, (whole: string, name: string, servant: string | undefined) => {
    if (servant !== undefined) return String(portOf(servant, values, { whole, where }));
    return values[name as 'node' | 'address' | 'conf' | 'data' | 'release'];
  });
}

function portOf(
  servant: string,
  values: MacroValues,
  place: { readonly whole: string; readonly where: string },
): number {
  const port = values.ports.get(servant);
  if (port !== undefined) return port;
  const known = [...values.ports.keys()].join(', ') || 'none';
  throw new TarsierError(
    'AGENT_MACRO_UNKNOWN',
    `${place.where} uses ${place.whole}, but the service has no servant ${servant} (it has: ${known}). ` +
      `Add the servant or correct the name.`,
  );
}
