/** Faults about values that are secret: they tell what is wrong without telling the value. */

import type { Explain } from './document-fault.ts';
import { subject, withExplain } from './document-fault.ts';
import { describeExpected } from './wording.ts';

export const wrongSecret: Explain = (violation, { kind }) => {
  const { instancePath: pointer, parentSchema } = violation;
  const what = subject(kind, pointer);
  // What is marked is what is not shown.
  const common = { pointer, at: 'value', isSecret: true } as const;
  if (parentSchema['x-secret'] !== 'encrypted') {
    const message = `${what} must be ${describeExpected(parentSchema)}`;
    return { ...common, code: 'SPEC_INVALID_FORMAT', message, hint: withExplain(kind, pointer) };
  }
  return {
    ...common,
    code: 'SPEC_SECRET_NOT_ENCRYPTED',
    message: `${what} is not encrypted`,
    hint: 'encrypt it with `tarsctl secret encrypt` and write what that prints; if it was pushed, change the secret itself as well',
  };
};
