/** The built-in templates as if they stood in the repository, so that they inherit and are inherited from. */

import { builtinTemplates } from '../builtin-templates/builtin-templates.ts';
import type { ObjectOf } from '../kind-of.ts';

type TemplateObject = ObjectOf<'Template'>;

export const builtinObjects: ReadonlyMap<string, TemplateObject> = new Map(
  builtinTemplates.map(({ name, parent, text }) => [name, objectOf(name, parent, text)]),
);

/** No repository has such a name: for a Template that inherits from the built-in one that it replaces. */
const replacedObjects: ReadonlyMap<string, TemplateObject> = new Map(
  builtinTemplates.map(({ name, parent, text }) => {
    const replaced = `${name} (built-in)`;
    return [name, objectOf(replaced, parent, text)];
  }),
);

function objectOf(name: string, parent: string | undefined, content: string): TemplateObject {
  const spec = { content, ...(parent !== undefined && { parent }) };
  const value = { apiVersion: 'tarsier/v1', kind: 'Template', metadata: { name }, spec } as const;
  return { kind: 'Template', name, value, path: '', documentIndex: 0, line: 0 };
}

/** Without a place in the repository, so faults cannot stand there. */
export function isBuiltin({ path }: TemplateObject): boolean {
  return path === '';
}

/** To be spread into the fault of a name that is not there. */
export function hintBuiltins(name: string): { readonly hint?: string } {
  if (!name.startsWith('tars.')) return {};
  return { hint: `built in: ${[...builtinObjects.keys()].join(', ')}` };
}

/** A Template that names itself as its parent goes on from the built-in one of its name. */
export function parentNameOf({ name, value }: TemplateObject): string | undefined {
  const { parent } = value.spec;
  return parent === name ? (replacedObjects.get(name)?.name ?? parent) : parent;
}

/** Built-in and own templates; what a repository describes replaces the built-in one of that name. */
export function withBuiltins(
  own: ReadonlyMap<string, TemplateObject>,
): Map<string, TemplateObject> {
  const objects = new Map([...builtinObjects, ...own]);
  for (const [name, replaced] of replacedObjects) {
    if (own.get(name)?.value.spec.parent === name) objects.set(replaced.name, replaced);
  }
  return objects;
}
