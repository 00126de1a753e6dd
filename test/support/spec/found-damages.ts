/** What properties of damaged commits once found: edits, edits of services, damage. Replayed first. */

import type { Edit } from './repository-model.ts';
import { soundBase } from './repository-arbitrary.ts';

type Damage = ReadonlyMap<number, 'unreadable' | 'broken'>;
type Found = [steps: Edit[], changes: Edit[], damage: Damage];

const put = (kind: string, name: string, spec: object, path?: string): Edit => {
  const key = `${kind}/${name}`;
  const text = JSON.stringify({ apiVersion: 'tarsier/v1', kind, metadata: { name }, spec });
  return { op: 'put', piece: { key, path: path ?? `own/${kind}-${name}.yaml`, text } };
};
const service = (name: string, spec: object, path?: string): Edit => {
  const release = { package: 'A.One', version: '1.0' };
  return put('Service', name, { type: 'process', run: { start: './a' }, release, ...spec }, path);
};
const damaged = (key: string, how: 'unreadable' | 'broken'): Damage => {
  const at = [...soundBase.pieces.values()].findIndex((piece) => piece.key === key);
  // The first file that edits add comes behind those of the base.
  return new Map([[at === -1 ? soundBase.pieces.size : at, how]]);
};

const replaced = put('Template', 'tars.default', { content: 'a=1\n' });
const onOne = { placement: [{ nodes: ['n1'] }] };
const inSz = { placement: [{ select: { dataCenter: 'sz' } }] };
const inSh = { placement: [{ select: { dataCenter: 'sh' } }] };

const oneConf = { fileName: 'x.conf', content: 'a=1\n', merge: 'concat' };
const nodeConfig = (name: string, node: string) =>
  put('Config', 'c4', { scope: { service: name, node }, ...oneConf });

export const foundDamages: Found[] = [
  // A built-in template whose parent the repository replaces.
  [
    [replaced],
    [service('A.One', { ...onOne, template: 'tars.go.default' })],
    damaged('Template/tars.default', 'broken'),
  ],
  [
    [replaced, service('A.One', inSz)],
    [service('A.Three', { ...onOne, template: 'tars.go.default' })],
    damaged('Template/tars.default', 'broken'),
  ],
  [
    [put('Template', 'tars.default', { parent: 't3', content: 'a=1\n' })],
    [service('A.One', { ...onOne, template: 'tars.go.default' })],
    damaged('Template/t3', 'broken'),
  ],
  // A service that moves to another data centre and to a built-in template.
  [
    [service('A.One', inSz)],
    [service('A.One', { type: 'tars-go', placement: [{ nodes: ['n4'] }] })],
    damaged('DataCenter/sz', 'unreadable'),
  ],
  [
    [service('A.Three', onOne)],
    [service('A.Three', { ...inSh, type: 'tars-cpp' }, 'one.yaml')],
    damaged('DataCenter/sz', 'unreadable'),
  ],
  [
    [service('A.One', { placement: [{ nodes: ['n4'] }] })],
    [service('A.One', { ...inSz, template: 'tars.default' }, 'one.yaml')],
    damaged('Node/n6', 'unreadable'),
  ],
  // A service that leaves the node that a Config of it is for.
  [[nodeConfig('A.One', 'n1')], [service('A.One', inSh)], damaged('DataCenter/sz', 'unreadable')],
  [
    [nodeConfig('A.Three', 'n3')],
    [service('A.Three', { placement: [{ nodes: ['n5'] }] })],
    damaged('Node/n3', 'unreadable'),
  ],
  [
    [nodeConfig('A.One', 'n1')],
    [service('A.One', { placement: [{ nodes: ['n2'] }] })],
    damaged('DataCenter/sz', 'unreadable'),
  ],
];
