/** Every kind of the language with its schema, as one table: a new kind is a new row. */

import cluster from './cluster.schema.json' with { type: 'json' };
import config from './config.schema.json' with { type: 'json' };
import dataCenter from './data-center.schema.json' with { type: 'json' };
import nodeSet from './node-set.schema.json' with { type: 'json' };
import node from './node.schema.json' with { type: 'json' };
import secret from './secret.schema.json' with { type: 'json' };
import service from './service.schema.json' with { type: 'json' };
import station from './station.schema.json' with { type: 'json' };
import template from './template.schema.json' with { type: 'json' };
import type { JsonSchema } from './json-schema.ts';

export const apiVersion = 'tarsier/v1';

const table = {
  Cluster: cluster,
  DataCenter: dataCenter,
  Station: station,
  Node: node,
  NodeSet: nodeSet,
  Service: service,
  Config: config,
  Template: template,
  Secret: secret,
} as const satisfies Record<string, JsonSchema>;

export type KindName = keyof typeof table;

/** In the order in which documentation and `tarsctl explain` list them. */
export const kindNames = Object.keys(table) as readonly KindName[];

export const kindSchemas: Readonly<Record<KindName, JsonSchema>> = table;

export function isKindName(name: string): name is KindName {
  return Object.hasOwn(table, name);
}
