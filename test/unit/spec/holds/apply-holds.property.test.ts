/** Breaking files removes and changes nothing that does not depend on them. */

import { fc } from '../../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import type { DesiredState } from '../../../../spec/desired-state.ts';
import { applyHolds } from '../../../../spec/holds/apply-holds.ts';
import { foundDamages } from '../../../support/spec/found-damages.ts';
import {
  configsOf,
  documentsOf,
  keyPartnersOf,
  nodeDocumentsOf,
  readDocuments,
  referencesOf,
  replacesBuiltin,
  templatesOf,
  type Doc,
} from '../../../support/spec/naive-dependencies.ts';
import { edits, serviceEdits, soundBase } from '../../../support/spec/repository-arbitrary.ts';
import {
  applyEdit,
  contentsOf,
  damage,
  type Edit,
  type RepositoryModel,
} from '../../../support/spec/repository-model.ts';
import { resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

type Damage = ReadonlyMap<number, 'unreadable' | 'broken'>;

const damages: fc.Arbitrary<Damage> = fc
  .array(fc.tuple(fc.nat({ max: 30 }), fc.constantFrom('unreadable' as const, 'broken' as const)), {
    minLength: 1,
    maxLength: 4,
  })
  .map((entries) => new Map(entries));

function damageFiles(contents: Contents, plan: Damage) {
  const broken = { ...contents };
  const damaged = new Map<string, 'unreadable' | 'broken'>();
  const specPaths = Object.keys(contents).filter((path) => path.endsWith('.yaml'));
  for (const [pick, how] of plan) {
    const path = specPaths[pick % specPaths.length] ?? '';
    broken[path] = damage(contents[path] ?? '', how);
    damaged.set(path, how);
  }
  return { broken, damaged };
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
  fc.assert(
    fc.property(edits, serviceEdits, damages, (steps, changes, plan) => {
      const before = withoutPorts(soundModel(steps));
      const contents = contentsOf(before);
      const inForce = resolveContents(contents).desired;
      const wanted = contentsOf(withoutPorts(soundModel(changes, before)));
      const asked = resolveContents(wanted).desired;
      const { broken, damaged } = damageFiles(wanted, plan);
      const resolved = resolveContents(broken);
      const shown = resolved.desired;
      const { desired } = applyHolds(inForce, resolved);
      const result = digestsOf(desired);

      const newDocs = readDocuments(wanted);
      const names = new Set(
        [...inForce.scopes.values(), ...asked.scopes.values()].map((s) => s.service),
      );
      for (const service of names) {
        const waits = isWaiting(service, { newDocs, inForce, asked, shown, damaged });
        if (waits === 'unknown') continue;
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
    { numRuns: runs, examples: foundDamages },
  );
  expect(Math.min(seen.kept, seen.applied)).toBeGreaterThan(runs / 10);
});

interface Situation {
  readonly newDocs: readonly Doc[];
  readonly inForce: DesiredState;
  readonly asked: DesiredState;
  /** What can be made out of the damaged files. */
  readonly shown: DesiredState;
  readonly damaged: ReadonlyMap<string, 'unreadable' | 'broken'>;
}

/**
 * Whether something that the service depends on is in a damaged file. Unknown when only a Config
 * that it does not run with yet is hidden, since nothing tells that it is there; when the other side
 * of a key waits, which counts only if the key changes; and when a Template is hidden that it does
 * not run with yet, since the built-in one of that name stands in for it.
 */
function isWaiting(service: string, situation: Situation): boolean | 'unknown' {
  const own = isWaitingItself(service, situation);
  if (own !== false) return own;
  const partners = [...partnersOf(service, situation)];
  return partners.some((name) => isWaitingItself(name, situation) !== false) ? 'unknown' : false;
}

function isWaitingItself(service: string, situation: Situation): boolean | 'unknown' {
  const { newDocs, inForce, asked, damaged } = situation;
  const isDamaged = ({ path }: Doc) => damaged.has(path);
  const documents = [...documentsOf(service, newDocs)].filter(isDamaged);
  const isStoodInFor = (doc: Doc) => damaged.get(doc.path) === 'unreadable' && replacesBuiltin(doc);
  if (!documents.every(isStoodInFor)) return true;
  if (mayHaveOtherTemplate(service, documents.length > 0, situation)) return true;
  if (documents.length > 0) return 'unknown';
  const running = new Set(
    revisionsOf(service, inForce)
      .flatMap(({ files, served = [] }) => [...files, ...served])
      .flatMap((file) => file.sources ?? [])
      .map(({ config }) => config),
  );
  const isHeldConfig = (doc: Doc) =>
    isDamaged(doc) || nodeDocumentsOf(doc, newDocs).some(isDamaged);
  const held = newDocs.filter((doc) => doc.kind === 'Config' && isHeldConfig(doc));
  if (held.some(({ name }) => running.has(name))) return true;
  const places = scopesOf(service, asked).flatMap(({ instances, revisions }) =>
    instances.map(({ node, revision }) => ({ node, set: revisions[revision]?.set })),
  );
  const configs = configsOf(service, places, newDocs);
  // Whatever hides a text that is named holds who names it.
  if ([...referencesOf(configs, newDocs)].some(isHeldConfig)) {
    return configs.some(isDamaged) ? 'unknown' : true;
  }
  const wanted = configs.filter(isDamaged);
  if (wanted.some(({ path }) => damaged.get(path) === 'broken')) return true;
  return wanted.length > 0 ? 'unknown' : false;
}

/** A built-in template that it does not run with yet may stand in for one that is hidden. */
function mayHaveOtherTemplate(service: string, isOneHidden: boolean, situation: Situation) {
  const { newDocs, inForce, shown, damaged } = situation;
  const isAnyUnreadable = [...damaged.values()].includes('unreadable');
  const { isAnyBuiltin } = templatesOf(service, newDocs);
  if (!isAnyUnreadable || !(isAnyBuiltin || isOneHidden)) return false;
  const [before] = revisionsOf(service, inForce);
  const [after] = revisionsOf(service, shown);
  return before !== undefined && after !== undefined && before.template !== after.template;
}

function revisionsOf(service: string, state: DesiredState) {
  return scopesOf(service, state).flatMap(({ revisions }) => Object.values(revisions));
}

function partnersOf(service: string, { newDocs, inForce }: Situation): ReadonlySet<string> {
  const related = new Set([service]);
  // A key that changes on one side may hold the other side, and so on.
  for (const name of related) {
    for (const partner of keyPartnersOf(name, newDocs)) related.add(partner);
    for (const scope of inForce.scopes.values()) {
      const called = Object.values(scope.revisions).flatMap(({ calls = [] }) => calls);
      const callees = called.map(({ object }) => object.slice(0, object.lastIndexOf('.')));
      if (scope.service === name) for (const callee of callees) related.add(callee);
      if (callees.includes(name)) related.add(scope.service);
    }
  }
  related.delete(service);
  return related;
}

function scopesOf(service: string, { scopes }: DesiredState) {
  return [...scopes.values()].filter((scope) => scope.service === service);
}
