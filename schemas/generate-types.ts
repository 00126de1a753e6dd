/** Writes `kinds.generated.ts`: one TypeScript type per kind, as objects look with defaults filled in. */

import { writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';
import type { JsonSchema } from './json-schema.ts';
import { kindNames, kindSchemas } from './kinds.ts';

const banner = `/**
 * One type per kind, as objects look once the defaults of their schema are filled in.
 * Generated from the schemas of this folder by \`npm run generate:types\`: edit those instead.
 */`;

/** Keywords that types cannot say, or that would make them harder to read. */
const rules = new Set(['oneOf', 'allOf', 'dependentRequired', 'propertyNames', 'default']);

/** The text of `kinds.generated.ts`. */
export async function generateTypes(): Promise<string> {
  const parts: string[] = [banner];
  for (const kind of kindNames) {
    parts.push(
      await compile(shapeOf(kindSchemas[kind]) as object, kind, {
        bannerComment: '',
        additionalProperties: false,
        ignoreMinAndMaxItems: true,
        style: { singleQuote: true, printWidth: 100 },
      }),
    );
  }
  const rows = kindNames.map((kind) => `  ${kind}: ${kind};`).join('\n');
  parts.push(
    `/** The type of an object by the name of its kind. */\nexport interface KindTypes {\n${rows}\n}\n`,
  );
  return parts.join('\n\n').replace(/\n{3,}/g, '\n\n');
}

/**
 * The shape alone: rules between fields are left out, and what has a default is required, because
 * the loader fills it in. Titles name the interfaces.
 */
function shapeOf(schema: JsonSchema): unknown {
  const shape: Record<string, unknown> = Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => !rules.has(keyword)),
  );
  if (schema.oneOf?.some((branch) => branch.type !== undefined)) {
    shape['oneOf'] = schema.oneOf.map(shapeOf);
  }
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties);
    shape['properties'] = Object.fromEntries(entries.map(([key, value]) => [key, shapeOf(value)]));
    const filled = entries.filter(([, value]) => value.default !== undefined).map(([key]) => key);
    shape['required'] = [...new Set([...(schema.required ?? []), ...filled])];
  }
  if (schema.items !== undefined) shape['items'] = shapeOf(schema.items);
  if (typeof schema.additionalProperties === 'object') {
    shape['additionalProperties'] = shapeOf(schema.additionalProperties);
  }
  return shape;
}

if (import.meta.main) {
  writeFileSync(new URL('kinds.generated.ts', import.meta.url), await generateTypes());
  console.log('schemas/kinds.generated.ts written.');
}
