/** Warns of a service that names a built-in template of another language. */

import { builtinTemplates, defaultTemplateOf } from '../builtin-templates/builtin-templates.ts';
import type { ObjectOf } from '../kind-of.ts';
import type { FaultList } from './outcome.ts';

const parents = new Map(builtinTemplates.map(({ name, parent }) => [name, parent]));

export function checkTemplateType({ value }: ObjectOf<'Service'>, list: FaultList): void {
  const { type, template } = value.spec;
  const usual = defaultTemplateOf(type);
  if (template === undefined || usual === undefined || !parents.has(template)) return;
  if (goesOnFrom(usual, template) || goesOnFrom(template, usual)) return;
  const message = `the built-in template ${template} is for services of another type than ${type}`;
  list.add('SPEC_TEMPLATE_OTHER_TYPE', '/spec/template', message, {
    severity: 'warning',
    hint: `${type} has ${usual}, which a service without \`template\` gets`,
  });
}

/** Whether `above` is the template or one of its parents. */
function goesOnFrom(template: string, above: string): boolean {
  const names: (string | undefined)[] = [template];
  for (let next = parents.get(template); next !== undefined; next = parents.get(next)) {
    names.push(next);
  }
  return names.includes(above);
}
