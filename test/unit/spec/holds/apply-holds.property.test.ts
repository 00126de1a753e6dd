/** Breaking files removes and changes nothing that does not depend on them. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DesiredState } from '../../../../spec/desired-state.ts';
import { applyHolds } from '../../../../spec/holds/apply-holds.ts';
import { filesOf, readDocuments } from '../../../support/spec/naive-dependencies.ts';
import {
  applyEdit,
  contentsOf,
  damage,
  edits,
  soundBase,
  type Edit,
  type RepositoryModel,
} from '../../../support/spec/repository-arbitrary.ts';
import { resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

type Damage = ReadonlyMap<number, 'unreadable' | 'broken'>;

const damages: fc.Arbitrary<Damage> = fc
  .array(fc.tuple(fc.nat({ max: 30 }), fc.constantFrom('unreadable' as const, 'broken' as const)), {
    minLength: 1,
    maxLength: 4,
  })
  .map((entries) => new Map(entries));

function damageFiles(contents: Contents, plan: Damage): { broken: Contents; paths: Set<string> } {
  const broken = { ...contents };
  const paths = new Set<string>();
  const specPaths = Object.keys(contents).filter((path) => path.endsWith('.yaml'));
  for (const [pick, how] of plan) {
    const path = specPaths[pick % specPaths.length] ?? '';
    broken[path] = damage(contents[path] ?? '', how);
    paths.add(path);
  }
  return { broken, paths };
}

/** The base with edits that keep it free of errors. */
function soundModel(steps: readonly Edit[], from: RepositoryModel = soundBase): RepositoryModel {
  let model = from;
  for (const step of steps) {
    if (step.op === 'unreadable' || step.op === 'broken') continue;
    const next = applyEdit(model, step);
    const { faults } = resolveContents(contentsOf(next));
    if (faults.every(({ severity }) => severity !== 'error')) model = next;
  }
  return model;
}

function digestsOf({ scopes }: DesiredState): Record<string, string> {
  return Object.fromEntries([...scopes].map(([id, { digest }]) => [id, digest]));
}

const withoutPorts = (model: RepositoryModel): RepositoryModel => ({
  ...model,
  pieces: new Map(
    [...model.pieces].map(([id, piece]) => [
      id,
      { ...piece, text: piece.text.replaceAll(/"port":700\d/g, '"port":"auto"') },
    ]),
  ),
});

const runs = Number(process.env['PROPERTY_RUNS'] ?? 50);

test('a commit that only breaks files asks for exactly what is in force', () => {
  let changed = 0;
  fc.assert(
    fc.property(edits, damages, (steps, plan) => {
      const contents = contentsOf(soundModel(steps));
      const inForce = resolveContents(contents).desired;
      const { broken } = damageFiles(contents, plan);
      const resolved = resolveContents(broken);
      const { desired } = applyHolds(inForce, resolved);
      expect(digestsOf(desired)).toEqual(digestsOf(inForce));
      expect(new Map([...desired.nodes].toSorted())).toEqual(
        new Map([...inForce.nodes].toSorted()),
      );
      expect(desired.cluster).toEqual(inForce.cluster);
      changed += resolved.desired.scopes.size < inForce.scopes.size ? 1 : 0;
    }),
    { numRuns: runs },
  );
  // Without the holds, these commits would have removed scopes.
  expect(changed).toBeGreaterThan(runs / 3);
});

test('services change as asked for unless something that they depend on is broken', () => {
  const seen = { kept: 0, applied: 0 };
  const services = edits.map((steps) =>
    steps.filter((step) => step.op === 'put' && step.piece.key.startsWith('Service/')),
  );
  fc.assert(
    fc.property(edits, services, damages, (steps, changes, plan) => {
      const before = withoutPorts(soundModel(steps));
      const contents = contentsOf(before);
      const inForce = resolveContents(contents).desired;
      const wanted = contentsOf(withoutPorts(soundModel(changes, before)));
      const asked = resolveContents(wanted).desired;
      const { broken, paths } = damageFiles(wanted, plan);
      const { desired } = applyHolds(inForce, resolveContents(broken));
      const result = digestsOf(desired);

      const oldDocs = readDocuments(contents);
      const newDocs = readDocuments(wanted);
      const names = new Set(
        [...inForce.scopes.values(), ...asked.scopes.values()].map((s) => s.service),
      );
      for (const service of names) {
        const files = filesOf(service, newDocs, inForceFiles(service, oldDocs));
        const waits = [...files].some((path) => paths.has(path));
        const source = waits ? inForce : asked;
        for (const scope of ['sz', 'sh'].map((dataCenter) => `${dataCenter}/${service}`)) {
          const expected = source.scopes.get(scope)?.digest;
          expect([scope, waits, result[scope]]).toEqual([scope, waits, expected]);
          if (inForce.scopes.get(scope)?.digest !== asked.scopes.get(scope)?.digest) {
            seen[waits ? 'kept' : 'applied'] += 1;
          }
        }
      }
    }),
    { numRuns: runs },
  );
  expect(Math.min(seen.kept, seen.applied)).toBeGreaterThan(runs / 10);
});

/** Names of the configuration files that a service runs with. */
function inForceFiles(service: string, docs: ReturnType<typeof readDocuments>): readonly string[] {
  return docs.flatMap(({ kind, name, spec }) =>
    kind === 'Service' && name === service ? (spec.configs ?? []) : [],
  );
}
