/** All violations of one document → those that are a cause, each as one fault. */

import type { DocumentFault, Explain, ViolationContext } from './document-fault.ts';
import { chooseOne, missingField, needsOther, unknownField, wrongKey } from './explain-fields.ts';
import {
  duplicateItem,
  empty,
  outOfRange,
  tooLong,
  tooMany,
  unknownValue,
  wrongAlternative,
  wrongForm,
  wrongType,
} from './explain-values.ts';
import { wrongSecret } from './explain-secrets.ts';
import type { Violation } from './validators.ts';

const byKeyword: Readonly<Record<string, Explain>> = {
  additionalProperties: unknownField,
  required: missingField,
  dependentRequired: needsOther,
  propertyNames: wrongKey,
  type: wrongType,
  enum: unknownValue,
  const: unknownValue,
  pattern: wrongForm,
  minimum: outOfRange,
  maximum: outOfRange,
  maxLength: tooLong,
  maxItems: tooMany,
  maxProperties: tooMany,
  minLength: empty,
  minItems: empty,
  minProperties: empty,
  uniqueItems: duplicateItem,
};

/** More than this many are not looked at: a file shows 20 faults at most. */
const violationsMax = 200;

export function findRootCauses(
  violations: readonly Violation[],
  context: ViolationContext,
): DocumentFault[] {
  const considered = violations.slice(0, violationsMax);
  const wrongTypes = new Set(
    considered.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath),
  );
  const causes = selectBranches(considered.filter((one) => isCause(one, wrongTypes)));
  const faults = causes.map(([violation, explain]) => explain(violation, context));
  return faults.filter((fault) => !faults.some((other) => accountsFor(other, fault)));
}

/** True when a field is only missing because it was written otherwise, or because of a worse fault. */
function accountsFor(cause: DocumentFault, fault: DocumentFault): boolean {
  if (cause.code === fault.code || cause.explains === undefined) return false;
  return fault.missing?.some((pointer) => cause.explains?.includes(pointer)) ?? false;
}

/**
 * What ajv adds about an `if`, from inside `propertyNames`, or about the choices for a value that
 * has the wrong type anyway, repeats another violation.
 */
function isCause(violation: Violation, wrongTypes: ReadonlySet<string>): boolean {
  const { keyword, propertyName, instancePath, schemaPath } = violation;
  if (keyword === 'if' || propertyName !== undefined) return false;
  if (!wrongTypes.has(instancePath)) return true;
  if (keyword === 'oneOf') return !isChoiceOfFields(violation);
  return (keyword !== 'enum' && keyword !== 'const') || schemaPath.includes('/oneOf/');
}

function isChoiceOfFields({ parentSchema }: Violation): boolean {
  return parentSchema.oneOf?.every(({ required }) => required !== undefined) ?? false;
}

function explainerOf(violation: Violation): Explain {
  if (violation.parentSchema['x-secret'] !== undefined) return wrongSecret;
  return byKeyword[violation.keyword] ?? wrongForm;
}

/**
 * A `oneOf` that fails comes with the violations of all its branches. Kept is either the `oneOf`
 * itself, or what is wrong in the one branch that has the type of the value.
 */
function selectBranches(violations: readonly Violation[]): (readonly [Violation, Explain])[] {
  const unions = violations.filter(({ keyword }) => keyword === 'oneOf');
  const selected: (readonly [Violation, Explain])[] = [];
  for (const violation of violations) {
    if (violation.keyword !== 'oneOf') {
      const inside = unions.some((union) => isInside(violation, union));
      if (!inside) selected.push([violation, explainerOf(violation)]);
    } else if (isChoiceOfFields(violation)) {
      selected.push([violation, chooseOne]);
    } else {
      const children = violations.filter((child) => isInside(child, violation));
      selected.push(...selectAlternative(violation, children));
    }
  }
  return selected;
}

function isInside(child: Violation, union: Violation): boolean {
  return (
    child.schemaPath.startsWith(`${union.schemaPath}/`) &&
    child.instancePath.startsWith(union.instancePath)
  );
}

function selectAlternative(
  union: Violation,
  children: readonly Violation[],
): (readonly [Violation, Explain])[] {
  const isSecret = union.parentSchema['x-secret'] !== undefined;
  if (isSecret && (typeof union.data !== 'object' || union.data === null)) {
    return [[union, wrongSecret]];
  }
  const branches = union.parentSchema.oneOf ?? [];
  for (const index of branches.keys()) {
    const own = children.filter((child) =>
      child.schemaPath.startsWith(`${union.schemaPath}/${index}/`),
    );
    const wrong = own.some(
      (child) => child.keyword === 'type' && child.instancePath === union.instancePath,
    );
    if (wrong) continue;
    if (typeof union.data !== 'object') return [[union, wrongAlternative]];
    return own.map((child) => [child, explainerOf(child)] as const);
  }
  return [[union, wrongType]];
}
