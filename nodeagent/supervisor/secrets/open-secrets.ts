/** All opened secrets of one start: the keys of its own servants, and of those that it calls. */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { InstanceRevision } from '../../../spec/desired-state.ts';
import type { CallerKey } from '../../tars-config/service-config-source.ts';
import type { SecretOpener } from './secret-opener.ts';

/** Lives for as long as a configuration file is rendered, and goes nowhere else. */
export interface OpenedSecrets {
  /** By servant name. */
  readonly servants: ReadonlyMap<string, string>;
  readonly calls: readonly CallerKey[];
}

export async function openSecrets(
  content: InstanceRevision,
  open: SecretOpener,
): Promise<OpenedSecrets> {
  const servants = new Map<string, string>();
  for (const { name, auth } of content.servants) {
    if (auth === undefined) continue;
    const where = `servant ${name} of ${content.service}`;
    servants.set(name, checkFit(await open(auth.secretKey, where), where));
    checkFit(auth.accessKey, where);
  }
  const calls: CallerKey[] = [];
  for (const { object, auth } of content.calls ?? []) {
    const where = `calls of ${content.service} to ${object}`;
    const secretKey = checkFit(await open(auth.secretKey, where), where);
    calls.push({ object, accessKey: checkFit(auth.accessKey, where), secretKey });
  }
  return { servants, calls };
}

/**
 * Libraries read the file line by line, trim values, take what follows a backslash for something
 * else, and Java refuses a value that ends in `>`: such a key would be another one for each of them.
 */
function checkFit(value: string, where: string): string {
  if (/^[\x21-\x7e]+$/.test(value) && !/[\\#]|>$/.test(value)) return value;
  throw new TarsierError(
    'AGENT_SECRET_UNFIT',
    `The key for ${where} cannot be written into a TARS configuration: it must be printable ASCII without blanks, line ends, # and backslashes, and must not end in >. Choose another key.`,
  );
}
