/** The shapes of what lookups answer from: objects, endpoints, IDC groups, stations. */

import { objectNameLengthMax } from '../../registry/lookup/object-name.ts';
import { choice, count, flag, list, object, text } from './shape.ts';

const name = text(objectNameLengthMax);

const lookupEndpoint = object(
  {
    instance: text(512),
    node: name,
    host: name,
    port: count(65_535),
    timeoutMs: count(),
    transport: choice('tcp', 'udp', 'ssl'),
    weight: count(),
    authenticated: flag(),
    grouped: flag(),
    active: flag(),
  },
  { set: name, group: name },
);

export const lookupObject = object({ name, endpoints: list(lookupEndpoint, 50_000) });

const idcGroup = object({
  id: count(),
  name,
  dataCenter: name,
  allow: list(name, 10_000),
  deny: list(name, 10_000),
  order: choice('allow-deny', 'deny-allow'),
});

const station = object({ name, groups: list(count(), 10_000), priority: count() });

export const desiredTopology = object({
  groups: list(idcGroup, 10_000),
  stations: list(station, 10_000),
});
