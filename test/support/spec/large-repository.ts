/** A repository of any size, for measurements: one file for each object. */

import type { Contents } from './repository-of.ts';

/** About `count` objects: services and their configs, nodes, templates, data centres, one cluster. */
export function largeRepository(count: number): Contents {
  const files: Record<string, string> = {
    'cluster.yaml': objectText('Cluster', 'large', 'spec: {}'),
    'templates/base.yaml': objectText(
      'Template',
      'base',
      'spec: { content: "<tars>\\n</tars>\\n" }',
    ),
  };
  const centers = Math.max(1, Math.round(count / 500));
  const nodes = Math.max(4, Math.round(count / 5));
  const services = Math.round((count - centers - nodes) / 2);
  for (let at = 0; at < centers; at += 1) {
    files[`centers/dc${at}.yaml`] = objectText(
      'DataCenter',
      `dc${at}`,
      `spec: { networks: { inner: { cidrs: [10.0.0.0/8] } } }`,
    );
  }
  for (let at = 0; at < nodes; at += 1) files[`nodes/n${at}.yaml`] = nodeText(at, centers);
  for (let at = 0; at < services; at += 1) {
    const name = `App${at % 100}.Server${at}`;
    files[`apps/app${at % 100}/${name}.yaml`] = serviceText(name, at, { nodes, centers });
    files[`apps/app${at % 100}/${name}.conf.yaml`] = objectText(
      'Config',
      `${name}.conf`,
      `spec:\n  scope: { service: ${name} }\n  fileName: main.conf\n  content: |\n    number=${at}\n    mode=fast\n`,
    );
  }
  return files;
}

function nodeText(at: number, centers: number): string {
  const address = `10.${Math.floor(at / 65_536)}.${Math.floor(at / 256) % 256}.${at % 256}`;
  const spec = `spec:\n  dataCenter: dc${at % centers}\n  addresses: { inner: ${address} }\n  labels: { disk: ${at % 3 === 0 ? 'ssd' : 'hdd'}, rack: r${at % 40} }\n`;
  return objectText('Node', `n${at}`, spec);
}

function serviceText(
  name: string,
  at: number,
  { nodes, centers }: { readonly nodes: number; readonly centers: number },
): string {
  const named = [0, 1, 2].map((step) => `n${(at * 7 + step * centers) % nodes}`);
  const placement =
    at % 2 === 0
      ? `[{ nodes: [${[...new Set(named)].join(', ')}] }]`
      : `[{ select: { dataCenter: dc${at % centers}, labels: { disk: ssd } }, count: 2 }]`;
  return objectText(
    'Service',
    name,
    `spec:
  type: tars-nodejs
  release: { package: ${name}, version: "1.0.${at % 10}" }
  placement: ${placement}
  template: base
  configs: [main.conf]
  env: { LOG_LEVEL: info, NUMBER: "${at}" }
  servants:
    - { name: MainObj, port: ${10_000 + (at % 50_000)} }
    - { name: AdminObj }
  run:
    limits: { memory: 512Mi, openFiles: 65536 }
`,
  );
}

function objectText(kind: string, name: string, rest: string): string {
  return `apiVersion: tarsier/v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${rest}\n`;
}
