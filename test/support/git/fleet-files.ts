/** Small objects for repositories of tests. */

export function clusterFile(spec = '{}'): string {
  return `apiVersion: tarsier/v1\nkind: Cluster\nmetadata: { name: test }\nspec: ${spec}\n`;
}

/** A data centre `sz` with nodes `n1` … `n<count>`. */
export function nodesFile(count: number): string {
  const center = `apiVersion: tarsier/v1\nkind: DataCenter\nmetadata: { name: sz }\nspec: { role: primary }\n`;
  const nodes = Array.from(
    { length: count },
    (_, at) =>
      `apiVersion: tarsier/v1\nkind: Node\nmetadata: { name: n${at + 1} }\nspec: { dataCenter: sz, addresses: { lan: 10.0.0.${at + 1} } }\n`,
  );
  return [center, ...nodes].join('---\n');
}

export interface ServiceFields {
  /** A TARS service is in SET `test.sz.<number of its first node>`. */
  readonly type?: 'process' | 'tars-go';
  readonly start?: string;
  readonly nodes?: string;
  readonly configs?: string;
}

export function serviceFile(name: string, fields: ServiceFields = {}): string {
  const { type = 'process', start = 'exec sleep 1000', nodes = 'n1', configs = '' } = fields;
  const set = type === 'process' ? '' : `, set: test.sz.${/[0-9]+/.exec(nodes)?.[0] ?? '0'}`;
  const release = type === 'process' ? '' : `\n  release: { package: ${name}, version: "1.0.0" }`;
  return `apiVersion: tarsier/v1
kind: Service
metadata: { name: ${name} }
spec:
  type: ${type}${release}
  placement: [{ nodes: [${nodes}]${set} }]
  configs: [${configs}]
  run: { start: ${start} }
`;
}

/** A Config of one service whose text stands in a file beside it. */
export function configFile(
  service: string,
  fileName: string,
  file: string,
  references: readonly string[] = [],
): string {
  return `apiVersion: tarsier/v1
kind: Config
metadata: { name: ${service}.${fileName} }
spec:
  scope: { service: ${service} }
  fileName: ${fileName}
  file: ${file}
  references: [${references.join(', ')}]
`;
}

/** A Config of an application, or of a SET of it. */
export function appConfigFile(
  name: string,
  scope: string,
  spec: { readonly fileName: string; readonly content: string; readonly merge?: string },
): string {
  const { fileName, content, merge = 'concat' } = spec;
  return `apiVersion: tarsier/v1
kind: Config
metadata: { name: ${name} }
spec:
  scope: ${scope}
  fileName: ${fileName}
  merge: ${merge}
  content: ${JSON.stringify(content)}
`;
}
