/** What one servant asks its callers for, checked against what it names. */

import type { SecretValue, ServantAuth } from '../desired-state.ts';
import type { ServiceServantAuth } from '../../schemas/kinds.generated.ts';
import type { ObjectOf } from '../kind-of.ts';
import { placeOf, type FaultList, type Outcome } from './outcome.ts';
import type { AuthContext } from './resolve-auth.ts';

interface ServantInput {
  readonly object: ObjectOf<'Service'>;
  readonly position: number;
  /** Filled with what was looked up. */
  readonly seen: Map<string, Outcome<ObjectOf<'Secret'>> | undefined>;
}

interface ServantResult {
  readonly servant: string;
  /** Absent when something that it names cannot be used. */
  readonly auth: ServantAuth | undefined;
  /** A name that it gives is not there. */
  readonly isMissing: boolean;
}

/** Undefined for a servant that anybody may call. */
export function resolveServantAuth(
  input: ServantInput,
  context: AuthContext,
  list: FaultList,
): ServantResult | undefined {
  const { object, position } = input;
  const servant = object.value.spec.servants[position];
  if (servant?.auth === undefined) return undefined;
  const { auth, name, protocol } = servant;
  const pointer = `/spec/servants/${position}/auth`;
  if (protocol === 'not-tars') {
    const message = `auth of ${name} has no effect: its protocol is not-tars`;
    list.add('SPEC_AUTH_PROTOCOL', pointer, message, {
      at: 'key',
      hint: 'only callers that speak the TARS protocol can be asked for a key',
    });
  }
  const checks = { input, context, list, pointer };
  const missingCaller = checkCallers(auth.callers, checks);
  const key = resolveKey(auth.secretKey, name, checks);
  return {
    servant: name,
    auth: key.value && { accessKey: auth.accessKey, secretKey: key.value },
    isMissing: missingCaller || key.isMissing,
  };
}

interface Checks {
  readonly input: ServantInput;
  readonly context: AuthContext;
  readonly list: FaultList;
  readonly pointer: string;
}

/** True when one is missing. */
function checkCallers(callers: readonly string[], { context, list, pointer }: Checks): boolean {
  const { services, index, suggest } = context;
  let missing = false;
  for (const [position, caller] of callers.entries()) {
    if (services.has(caller)) continue;
    missing = true;
    const { unreadableHold } = index.trouble;
    if (unreadableHold !== undefined) list.dependsOn(unreadableHold);
    else {
      const message = `no Service is named ${caller}`;
      const at = `${pointer}/callers/${position}`;
      list.add('SPEC_MISSING_REFERENCE', at, message, suggest(caller, services));
    }
  }
  return missing;
}

interface ResolvedKey {
  readonly value?: SecretValue;
  readonly isMissing: boolean;
}

function resolveKey(
  secretKey: ServiceServantAuth['secretKey'],
  servant: string,
  { input, context, list, pointer }: Checks,
): ResolvedKey {
  if (typeof secretKey === 'string') {
    const message = `the key of ${servant} stands in Git as everybody can read it`;
    list.add('SPEC_SECRET_IN_PLAIN_TEXT', `${pointer}/secretKey`, message, {
      severity: 'warning',
      isSecret: true,
      hint: 'encrypt it with `tarsctl secret encrypt`, put the output into a Secret, and write `secretKey: { secret: <name>, key: <key> }`',
    });
    return { value: { plain: secretKey }, isMissing: false };
  }
  const { secret, key } = secretKey;
  const outcome = context.secrets.outcomes.get(secret);
  input.seen.set(secret, outcome);
  if (outcome === undefined) return addMissingSecret(secret, { input, context, list, pointer });
  if (!outcome.ok) {
    list.dependsOn(outcome.hold);
    return { isMissing: false };
  }
  const { object } = input;
  const { spec } = outcome.value.value;
  if (!spec.readers.includes(object.name)) {
    const message = `Secret ${secret} may not be read by ${object.name}`;
    list.add('SPEC_SECRET_READER', `${pointer}/secretKey/secret`, message, {
      hint: `add ${object.name} to \`readers\` of the Secret`,
      related: [
        { place: placeOf(outcome.value, '/spec', 'key'), message: 'the Secret is described here' },
      ],
    });
    return { isMissing: false };
  }
  const ciphertext = Object.hasOwn(spec.values, key) ? spec.values[key] : undefined;
  if (ciphertext !== undefined) return { value: { secret, key, ciphertext }, isMissing: false };
  const known = new Map(Object.entries(spec.values));
  const message = `Secret ${secret} has no value ${key}`;
  list.add('SPEC_MISSING_REFERENCE', `${pointer}/secretKey/key`, message, {
    ...context.suggest(key, known),
    hint: `its values: ${[...known.keys()].join(', ')}`,
  });
  return { isMissing: true };
}

function addMissingSecret(name: string, { context, list, pointer }: Checks): ResolvedKey {
  const { index, secrets, suggest } = context;
  const { unreadableHold } = index.trouble;
  if (unreadableHold !== undefined) list.dependsOn(unreadableHold);
  else {
    const message = `no Secret is named ${name}`;
    const suggestion = suggest(name, secrets.outcomes);
    list.add('SPEC_MISSING_REFERENCE', `${pointer}/secretKey/secret`, message, suggestion);
  }
  return { isMissing: true };
}
