/** Which files a service depends on, found the dumb way: by following every name in every document. */

import { parseAllDocuments } from 'yaml';
import type { Contents } from './repository-of.ts';

export interface Doc {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: Spec;
}

interface Spec {
  readonly placement?: readonly Placement[];
  readonly template?: string;
  readonly configs?: readonly string[];
  readonly fileName?: string;
  readonly parent?: string;
  readonly dataCenter?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly names?: string;
  readonly scope?: { readonly app?: string; readonly service?: string; readonly node?: string };
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
  return found;
}

function isNamed(other: Doc, { kind, spec }: Doc): boolean {
  const isNodes = other.kind === 'Node' || other.kind === 'NodeSet';
  if (other.kind === 'DataCenter') return other.name === spec.dataCenter;
  if (other.kind === 'Template') {
    return other.name === (kind === 'Service' ? spec.template : spec.parent);
  }
  return isNodes && (spec.placement ?? []).some((placement) => mayPlace(placement, other));
}

/** Configs whose text `service` asks for on one of `nodes`. */
export function configsOf(
  service: string,
  nodes: readonly string[],
  docs: readonly Doc[],
): readonly Doc[] {
  const own = docs.find(({ kind, name }) => kind === 'Service' && name === service);
  return docs.filter(({ kind, spec }) => {
    const { app, service: of, node } = spec.scope ?? {};
    if (kind !== 'Config' || own?.spec.configs?.includes(spec.fileName ?? '') !== true)
      return false;
    if (node !== undefined && !nodes.includes(node)) return false;
    return of === service || app === service.split('.')[0];
  });
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
