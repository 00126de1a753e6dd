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

/** A data centre `sz` with node `n1`, whose services run on this machine. */
export const oneNodeFile = `apiVersion: tarsier/v1
kind: DataCenter
metadata: { name: sz }
spec: { role: primary }
---
apiVersion: tarsier/v1
kind: Node
metadata: { name: n1 }
spec: { dataCenter: sz, addresses: { lan: 127.0.0.1 } }
`;

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

/** Data centre `sh` with up to two groups, and a station of all of them. */
export function placesFile(groups: number, priority: number): string {
  const names = ['east', 'west'].slice(0, groups);
  const written = names.map((name, at) => `{ name: ${name}, allow: [10.0.${at}.*] }`);
  const center = `apiVersion: tarsier/v1\nkind: DataCenter\nmetadata: { name: sh }\nspec: { groups: [${written.join(', ')}] }\n`;
  if (groups === 0) return center;
  return `${center}---\napiVersion: tarsier/v1\nkind: Station\nmetadata: { name: all }\nspec: { groups: [${names.join(', ')}], priority: ${priority} }\n`;
}

/** A Secret with one of several values, and a service that asks itself and, perhaps, another one for it. */
export function keyedFiles(caller: string, value: number): string {
  const text = `-----BEGIN AGE ENCRYPTED FILE-----\\nYWdlLWVuY3J5cHRpb24ub3JnL3YxC${value}==\\n-----END AGE ENCRYPTED FILE-----`;
  const callers = value === 0 ? `Keyed.Server, ${caller}` : 'Keyed.Server';
  return `apiVersion: tarsier/v1
kind: Secret
metadata: { name: keys }
spec: { values: { one: "${text}" }, readers: [Keyed.Server] }
---
apiVersion: tarsier/v1
kind: Service
metadata: { name: Keyed.Server }
spec:
  type: process
  placement: [{ nodes: [n1] }]
  run: { start: exec sleep 1 }
  servants:
    - name: MainObj
      auth: { accessKey: a, secretKey: { secret: keys, key: one }, callers: [${callers}] }
`;
}
