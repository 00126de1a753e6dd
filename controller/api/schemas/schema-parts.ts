/** Small words to write response schemas with. */

export type JsonSchema = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, JsonSchema>>;

export const text: JsonSchema = { type: 'string' };
export const flag: JsonSchema = { type: 'boolean' };
export const count: JsonSchema = { type: 'integer', minimum: 0 };
export const integer: JsonSchema = { type: 'integer' };
export const time: JsonSchema = { type: 'integer', description: 'Milliseconds since 1970.' };
export const texts: JsonSchema = { type: 'object', additionalProperties: { type: 'string' } };

export function oneOf(...values: readonly string[]): JsonSchema {
  return { type: 'string', enum: values };
}

export function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** By the `$id` of a schema that is registered at the server. */
export function ref(id: string): JsonSchema {
  return { $ref: `${id}#` };
}

export function described(description: string, schema: JsonSchema): JsonSchema {
  return { ...schema, description };
}

/** Closed: what is not listed is never sent. */
export function object(required: Properties, optional: Properties = {}): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(required),
    properties: { ...required, ...optional },
  };
}

export function named(id: string, description: string, schema: JsonSchema): JsonSchema {
  return { $id: id, title: id, ...schema, description };
}
