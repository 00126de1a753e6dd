/** Short ways of writing the documents that tests of the resolver need. */

/** JSON is YAML, so a document may be written as a value. */
export function document(kind: string, name: string, spec: unknown, labels?: object): string {
  const metadata = { name, ...(labels !== undefined && { labels }) };
  return `${JSON.stringify({ apiVersion: 'tarsier/v1', kind, metadata, spec })}\n`;
}

export function dataCenter(name: string): string {
  return document('DataCenter', name, {});
}

export function node(name: string, spec: object = {}): string {
  const addresses = { inner: `host-${name}` };
  return document('Node', name, { dataCenter: 'sz', addresses, ...spec });
}

export function service(name: string, spec: object = {}): string {
  const placement = [{ nodes: ['n1'] }];
  return document('Service', name, {
    type: 'process',
    placement,
    run: { start: './main' },
    ...spec,
  });
}

export function config(name: string, scope: object, spec: object = {}): string {
  return document('Config', name, { scope, fileName: 'main.conf', content: `${name}\n`, ...spec });
}

/** One data centre with three nodes. */
export const threeNodes = {
  'dc.yaml': dataCenter('sz'),
  'n1.yaml': node('n1'),
  'n2.yaml': node('n2'),
  'n3.yaml': node('n3'),
};
