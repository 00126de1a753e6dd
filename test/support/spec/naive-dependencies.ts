/** Which files a service depends on, found the dumb way: by following every name in every document. */

import { parseAllDocuments } from 'yaml';
import type { Contents } from './repository-of.ts';

interface Doc {
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

/**
 * Paths of everything that has a say in what `service` runs and where. `inForce`: names of the
 * configuration files that it runs with now.
 */
export function filesOf(
  service: string,
  docs: readonly Doc[],
  inForce: readonly string[],
): ReadonlySet<string> {
  const found = new Set<Doc>();
  const add = (doc: Doc) => {
    if (found.has(doc)) return;
    found.add(doc);
    for (const other of docs) if (isNamed(other, doc, inForce)) add(other);
  };
  for (const doc of docs) {
    if (doc.kind === 'Cluster' || (doc.kind === 'Service' && doc.name === service)) add(doc);
  }
  return new Set([...found].map(({ path }) => path));
}

function isNamed(other: Doc, doc: Doc, inForce: readonly string[]): boolean {
  const { spec, name: service } = doc;
  const isNodes = other.kind === 'Node' || other.kind === 'NodeSet';
  if (doc.kind === 'Service') {
    if (other.kind === 'Template') return other.name === spec.template;
    if (other.kind === 'Config') {
      const { app, service: of } = other.spec.scope ?? {};
      const isWanted = [...(spec.configs ?? []), ...inForce].includes(other.spec.fileName ?? '');
      return isWanted && (of === service || app === service.split('.')[0]);
    }
    return isNodes && (spec.placement ?? []).some((placement) => mayPlace(placement, other));
  }
  if (other.kind === 'DataCenter') return other.name === spec.dataCenter;
  if (other.kind === 'Template') return doc.kind === 'Template' && other.name === spec.parent;
  return isNodes && doc.kind === 'Config' && isMember(spec.scope?.node ?? '', other);
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
