/** Names a place in a document the way people do, and finds the schema of it. */

import type { JsonSchema } from '../../schemas/json-schema.ts';
import { kindSchemas, type KindName } from '../../schemas/kinds.ts';

export function splitPointer(pointer: string): string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function joinPointer(pointer: string, part: string): string {
  return `${pointer}/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** `/spec/servants/0/port` of a Service → `Service.spec.servants[0].port`. */
export function nameField(kind: string, pointer: string): string {
  let name = kind;
  for (const part of splitPointer(pointer)) {
    if (/^\d+$/.test(part)) name += `[${part}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(part)) name += `.${part}`;
    else name += `[${JSON.stringify(part)}]`;
  }
  return name;
}

/** The path that `tarsctl explain` takes: as `nameField`, without list indexes and free keys. */
export function explainPath(kind: KindName, pointer: string): string {
  let name: string = kind;
  let schema: JsonSchema | undefined = kindSchemas[kind];
  for (const part of splitPointer(pointer)) {
    if (schema?.properties?.[part] !== undefined) {
      name += `.${part}`;
      schema = schema.properties[part];
    } else schema = schema?.items;
    if (schema === undefined) break;
  }
  return name;
}

/** The schema of a field; `undefined` when the kind has no such field. */
export function schemaAt(kind: KindName, pointer: string): JsonSchema | undefined {
  let schema: JsonSchema | undefined = kindSchemas[kind];
  for (const part of splitPointer(pointer)) {
    if (schema === undefined) return undefined;
    schema = step(schema, part);
  }
  return schema;
}

function step(schema: JsonSchema, part: string): JsonSchema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, part)) {
    return schema.properties[part];
  }
  if (schema.items !== undefined && /^\d+$/.test(part)) return schema.items;
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  const lists = schema.oneOf?.find((branch) => branch.items !== undefined);
  return lists === undefined ? undefined : step(lists, part);
}

/** Every object of the kind that has a field of this name, as a pointer with `*` for list items. */
export function placesOfField(kind: KindName, field: string): string[] {
  const found: string[] = [];
  const visit = (schema: JsonSchema, pointer: string) => {
    for (const [name, child] of Object.entries(schema.properties ?? {})) {
      if (name === field) found.push(pointer);
      visit(child, `${pointer}/${name}`);
    }
    if (schema.items !== undefined) visit(schema.items, `${pointer}/*`);
  };
  visit(kindSchemas[kind], '');
  return found;
}
