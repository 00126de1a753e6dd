/** Two revisions of an instance → what a person would call the change. */

import type { InstanceRevision, ServantAuth } from '../desired-state.ts';
import { compareFields } from './compare-fields.ts';
import { compareConfigs } from './compare-configs.ts';
import { compareAuths } from './describe-auth.ts';
import { compareLines } from './line-difference.ts';
import type { FieldChange } from './plan.ts';

export function compareRevisions(from: InstanceRevision, to: InstanceRevision): FieldChange[] {
  return [
    ...compareFields(fieldsOf(from), fieldsOf(to)),
    ...compareFields(byName(from.servants), byName(to.servants), 'servants'),
    ...compareAuths(authsOf(from), authsOf(to)),
    ...compareTexts('template', from.template, to.template),
    ...compareConfigs(from, to),
  ];
}

/** Without what is told in words of its own. */
function fieldsOf(revision: InstanceRevision): object {
  const {
    files: _files,
    served: _served,
    template: _template,
    servants: _servants,
    calls: _calls,
    ...fields
  } = revision;
  return fields;
}

/** A servant that moves in the list is the same servant. */
function byName(servants: InstanceRevision['servants']): Readonly<Record<string, unknown>> {
  return Object.fromEntries(servants.map(({ name, auth: _auth, ...rest }) => [name, rest]));
}

/** By path: keys that callers are asked for, and keys that this service was given. */
function authsOf({ servants, calls = [] }: InstanceRevision): ReadonlyMap<string, ServantAuth> {
  const auths = new Map<string, ServantAuth>();
  for (const { name, auth } of servants) if (auth) auths.set(`servants.${name}.auth`, auth);
  for (const { object, auth } of calls) auths.set(`calls.${object}.auth`, auth);
  return auths;
}

function compareTexts(
  path: string,
  from: string | undefined,
  to: string | undefined,
): FieldChange[] {
  if (from === to) return [];
  const { added, removed } = compareLines(from ?? '', to ?? '');
  return [{ path, lines: { added, removed } }];
}
