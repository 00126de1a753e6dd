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
  readonly start?: string;
  readonly nodes?: string;
  readonly configs?: string;
}

export function serviceFile(name: string, fields: ServiceFields = {}): string {
  const { start = 'exec sleep 1000', nodes = 'n1', configs = '' } = fields;
  return `apiVersion: tarsier/v1
kind: Service
metadata: { name: ${name} }
spec:
  type: process
  placement: [{ nodes: [${nodes}] }]
  configs: [${configs}]
  run: { start: ${start} }
`;
}

/** A Config of one service whose text stands in a file beside it. */
export function configFile(service: string, fileName: string, file: string): string {
  return `apiVersion: tarsier/v1
kind: Config
metadata: { name: ${service}.${fileName} }
spec:
  scope: { service: ${service} }
  fileName: ${fileName}
  file: ${file}
`;
}
