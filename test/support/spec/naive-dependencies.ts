/** Which files a service depends on, found the dumb way: by following every name in every document. */

import { parseAllDocuments } from 'yaml';
import {
  builtinTemplates,
  defaultTemplateOf,
} from '../../../spec/builtin-templates/builtin-templates.ts';
import type { ServiceType } from '../../../spec/desired-state.ts';
import type { Contents } from './repository-of.ts';

export interface Doc {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: Spec;
}

interface Spec {
  readonly type?: ServiceType;
  readonly placement?: readonly Placement[];
  readonly template?: string;
  readonly configs?: readonly string[];
  readonly fileName?: string;
  readonly parent?: string;
  readonly dataCenter?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly names?: string;
  readonly scope?: ConfigScope;
  readonly references?: readonly string[];
  readonly groups?: readonly { readonly name: string }[];
  readonly grouping?: { readonly group?: string };
  readonly servants?: readonly { readonly auth?: Auth }[];
}

interface ConfigScope {
  readonly app?: string;
  readonly set?: string;
  readonly service?: string;
  readonly node?: string;
}

/** Where an instance is. */
export interface Place {
  readonly node: string;
  readonly set: string | undefined;
}

interface Auth {
  readonly secretKey: { readonly secret: string };
  readonly callers: readonly string[];
}

interface Placement {
  readonly nodes?: readonly string[];
  readonly select?: {
    readonly dataCenter?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

export function readDocuments(contents: Contents): readonly Doc[] {
  return Object.entries(contents)
    .filter(([path]) => path.endsWith('.yaml'))
    .flatMap(([path, text]) =>
      parseAllDocuments(text).map((document) => {
        const { kind, metadata, spec } = document.toJS() as {
          kind: string;
          metadata: { name: string };
          spec: Spec;
        };
        return { path, kind, name: metadata.name, spec };
      }),
    );
}

/** Everything but Configs that has a say in what `service` runs and where. */
export function documentsOf(service: string, docs: readonly Doc[]): ReadonlySet<Doc> {
  const found = new Set<Doc>();
  const add = (doc: Doc) => {
    if (found.has(doc)) return;
    found.add(doc);
    for (const other of docs) if (isNamed(other, doc)) add(other);
  };
  for (const doc of docs) {
    if (doc.kind === 'Cluster' || (doc.kind === 'Service' && doc.name === service)) add(doc);
  }
  for (const doc of templatesOf(service, docs).own) add(doc);
  return found;
}

function isNamed(other: Doc, { spec }: Doc): boolean {
  const isNodes = other.kind === 'Node' || other.kind === 'NodeSet';
  if (other.kind === 'DataCenter') {
    const { group } = spec.grouping ?? {};
    const isGroupHere = other.spec.groups?.some(({ name }) => name === group) === true;
    return other.name === spec.dataCenter || (group !== undefined && isGroupHere);
  }
  if (other.kind === 'Secret') return authsOf(spec).some((auth) => secretOf(auth) === other.name);
  return isNodes && (spec.placement ?? []).some((placement) => mayPlace(placement, other));
}

function authsOf({ servants = [] }: Spec): readonly Auth[] {
  return servants.flatMap(({ auth }) => auth ?? []);
}

function secretOf({ secretKey }: Auth): string {
  return secretKey.secret;
}

/** Services on the other side of a key of `service`. */
export function keyPartnersOf(service: string, docs: readonly Doc[]): readonly string[] {
  return docs.flatMap(({ name, spec }) => {
    const callers = authsOf(spec).flatMap((auth) => auth.callers);
    if (name === service) return callers;
    return callers.includes(service) ? [name] : [];
  });
}

interface Templates {
  /** Those of the repository, the parents last. */
  readonly own: readonly Doc[];
  readonly isAnyBuiltin: boolean;
}

/** Its template, which its type may name, and the parents of that, which may be built-in. */
export function templatesOf(service: string, docs: readonly Doc[]): Templates {
  const own: Doc[] = [];
  let isAnyBuiltin = false;
  const user = docs.find(({ kind, name }) => kind === 'Service' && name === service)?.spec;
  let wanted = user?.template ?? defaultTemplateOf(user?.type ?? 'process');
  while (wanted !== undefined && own.length < docs.length) {
    const doc = docs.find(({ kind, name }) => kind === 'Template' && name === wanted);
    if (doc !== undefined) own.push(doc);
    const isBuiltin = doc === undefined || doc.spec.parent === wanted;
    isAnyBuiltin ||= isBuiltin;
    wanted = isBuiltin ? builtinOf(wanted)?.parent : doc.spec.parent;
  }
  return { own, isAnyBuiltin };
}

/** Whether there is a built-in Template of this name as well. */
export function replacesBuiltin({ kind, name }: Doc): boolean {
  return kind === 'Template' && builtinOf(name) !== undefined;
}

function builtinOf(wanted: string) {
  return builtinTemplates.find(({ name }) => name === wanted);
}

/** Configs whose text `service` asks for, or may ask for, at one of `places`. */
export function configsOf(
  service: string,
  places: readonly Place[],
  docs: readonly Doc[],
): readonly Doc[] {
  const own = docs.find(({ kind, name }) => kind === 'Service' && name === service);
  return docs.filter(({ kind, spec }) => {
    const { app, service: of } = spec.scope ?? {};
    // A TARS service may ask for any file while it runs.
    const isAskedFor =
      own?.spec.type !== 'process' || own.spec.configs?.includes(spec.fileName ?? '') === true;
    if (kind !== 'Config' || !isAskedFor) return false;
    if (!isForOneOf(places, spec.scope ?? {})) return false;
    return of === service || app === service.split('.')[0];
  });
}

function isForOneOf(places: readonly Place[], { node, set: scope }: ConfigScope): boolean {
  if (node !== undefined) return places.some((place) => place.node === node);
  if (scope === undefined) return true;
  const area = scope.endsWith('.*') ? scope.slice(0, -1) : undefined;
  return places.some(({ set }) => {
    if (set === undefined) return false;
    return set === scope || (area !== undefined && set.startsWith(area));
  });
}

/** Where the node of a Config is described that is for one node alone. */
export function nodeDocumentsOf({ spec }: Doc, docs: readonly Doc[]): readonly Doc[] {
  const { node } = spec.scope ?? {};
  if (node === undefined) return [];
  const own = docs.filter((doc) => isMember(node, doc));
  const places = new Set(own.map((doc) => doc.spec.dataCenter));
  return [...own, ...docs.filter(({ kind, name }) => kind === 'DataCenter' && places.has(name))];
}

/** Configs whose texts come before those of `configs`. */
export function referencesOf(configs: readonly Doc[], docs: readonly Doc[]): ReadonlySet<Doc> {
  const found = new Set<Doc>();
  const waiting = [...configs];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const name of next.spec.references ?? []) {
      const other = docs.find((doc) => doc.kind === 'Config' && doc.name === name);
      if (other === undefined || found.has(other)) continue;
      found.add(other);
      waiting.push(other);
    }
  }
  return found;
}

function mayPlace({ nodes, select }: Placement, other: Doc): boolean {
  if (nodes?.some((name) => isMember(name, other)) === true) return true;
  if (select === undefined) return false;
  const { dataCenter, labels = {} } = select;
  if (dataCenter !== undefined && other.spec.dataCenter !== dataCenter) return false;
  return Object.entries(labels).every(([key, value]) => other.spec.labels?.[key] === value);
}

function isMember(node: string, { kind, name, spec }: Doc): boolean {
  if (kind === 'Node') return name === node;
  const range = /^(.*)\[(\d)-(\d)\]$/.exec(spec.names ?? '');
  if (range === null) return false;
  const [, prefix = '', first, last] = range;
  const number = Number(node.slice(prefix.length));
  return node.startsWith(prefix) && number >= Number(first) && number <= Number(last);
}
