/** The parts of route schemas that every status route shares. */

import {
  count,
  described,
  flag,
  list,
  object,
  ref,
  text,
  time,
  type JsonSchema,
} from '../schemas/schema-parts.ts';

export const consistentQuery: Readonly<Record<string, JsonSchema>> = {
  consistent: described('Wait for everything that was acknowledged before this request.', flag),
};

const moment = {
  revision: described('Registry sequence that this speaks for.', count),
  asOf: described("The controller's clock; ages count from here.", time),
};

export function itemSchema(id: string): JsonSchema {
  return object({ ...moment, item: ref(id) });
}

export function listSchema(id: string): JsonSchema {
  return object(
    { ...moment, items: list(ref(id)), total: count },
    {
      nextCursor: described('For the next page; absent on the last one.', text),
      removed: described('With `since`: keys of items that are gone.', list(text)),
      full: described('With `since`: these are all items, because it is too long ago.', flag),
    },
  );
}

/** Failures are described for all routes in one place, see `openapi.ts`. */
export function responses(ok: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return { 200: ok };
}

export function queryOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties };
}

export function paramsOf(...names: readonly string[]): JsonSchema {
  const properties = Object.fromEntries(names.map((name) => [name, text]));
  return { type: 'object', properties, required: names };
}
