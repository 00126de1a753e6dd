/** One compiled validator per kind. This is the one place where defaults are applied. */

import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { JsonSchema } from '../../schemas/json-schema.ts';
import { kindSchemas, type KindName } from '../../schemas/kinds.ts';

/** What a validator says about one keyword that does not hold. */
export interface Violation extends ErrorObject {
  readonly parentSchema: JsonSchema;
}

const ajv = new Ajv2020({
  strict: true,
  // Rules between fields repeat neither the type nor the properties of the object they are about.
  strictTypes: false,
  strictRequired: false,
  allErrors: true,
  useDefaults: true,
  verbose: true,
});
ajv.addVocabulary(['x-pattern-says', 'x-default-from', 'x-secret']);

/** Fills in the defaults of the kind's schema, in place, and returns what does not hold. */
export function validateKind(kind: KindName, document: unknown): readonly Violation[] {
  // Compiled on first use and kept by ajv: a command that sees two kinds pays for two.
  const validate = ajv.getSchema(schemaId(kind)) ?? ajv.compile(kindSchemas[kind]);
  return validate(document) === true ? [] : ((validate.errors ?? []) as Violation[]);
}

function schemaId(kind: KindName): string {
  return kindSchemas[kind].$id ?? kind;
}
