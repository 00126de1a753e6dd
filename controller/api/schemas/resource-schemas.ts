/** The JSON Schemas of `registry/status/resources.ts`; a test compares them with real answers. */

import { collectedSchemas } from './collected-schemas.ts';
import {
  count,
  described,
  flag,
  integer,
  list,
  named,
  object,
  oneOf,
  ref,
  text,
  texts,
  time,
  type JsonSchema,
} from './schema-parts.ts';

const subject = object({ kind: text, name: text });
const origin = object({ path: text, line: integer });
const sync = oneOf('Synced', 'OutOfSync', 'Held', 'Unknown');
const rolloutPhase = oneOf('Complete', 'Rolling', 'Waiting', 'Stalled');
const conditions = list(ref('Condition'));

const condition = named(
  'Condition',
  'One named truth; `Unknown` means that there is no evidence, and is never fine.',
  object(
    { type: text, status: oneOf('True', 'False', 'Unknown'), reason: text, message: text },
    { since: time, observedGeneration: integer, evidenceAt: time },
  ),
);

const held = named(
  'HeldObject',
  'An object that is not in force as written; its last good revision stays.',
  object({ kind: text, name: text, reason: text, message: text }, { because: subject }),
);

const source = named(
  'Source',
  'The Git repository that is followed.',
  object(
    {
      url: text,
      branch: text,
      path: text,
      state: oneOf('Fresh', 'Stale', 'Unreachable', 'Frozen', 'Held', 'Empty'),
      objects: count,
      faults: count,
      held: list(ref('HeldObject')),
      conditions,
    },
    {
      commit: text,
      inForceCommit: text,
      author: text,
      subject: text,
      committedAt: time,
      appliedAt: time,
      head: text,
      lastLookAt: described('When the repository answered last.', time),
    },
  ),
);

const fault = named(
  'Fault',
  'A fault in the repository.',
  object(
    { code: text, severity: oneOf('error', 'warning'), message: text, path: text },
    {
      line: integer,
      column: integer,
      suggestion: text,
      hint: text,
      object: subject,
      text: described('The frame with its caret.', text),
    },
  ),
);

const cluster = named(
  'Cluster',
  'The fleet in numbers.',
  object(
    {
      name: text,
      version: text,
      startedAt: time,
      dataCenters: list(text),
      counts: object({
        nodes: object({ total: count, alive: count }),
        services: object({ total: count, fine: count }),
        instances: object({ total: count, ready: count, stopped: count, unknown: count }),
        faults: count,
        problems: count,
      }),
      conditions,
    },
    { controller: text, leader: text },
  ),
);

const node = named(
  'Node',
  'A machine with an agent.',
  object(
    {
      name: text,
      dataCenter: text,
      addresses: texts,
      labels: texts,
      state: oneOf('Alive', 'Lost', 'NeverSeen', 'Unknown'),
      instances: object({ total: count, ready: count }),
      conditions,
    },
    {
      nodeSet: text,
      origin,
      agentVersion: text,
      hostname: text,
      controller: text,
      since: time,
      evidenceAt: time,
    },
  ),
);

const endpointFields = {
  servant: text,
  protocol: oneOf('tars', 'not-tars'),
  host: text,
  port: integer,
  weight: integer,
};

const instance = named(
  'Instance',
  'One running copy of a service on one node.',
  object(
    {
      id: text,
      service: text,
      scope: text,
      dataCenter: text,
      node: text,
      wanted: oneOf('running', 'stopped', 'removed'),
      phase: text,
      sync,
      health: oneOf('Healthy', 'Progressing', 'Unhealthy', 'Stopped', 'Unknown'),
      restarts: count,
      endpoints: list(object(endpointFields)),
      reason: text,
      message: text,
      conditions,
    },
    {
      version: text,
      desiredRevision: text,
      targetRevision: text,
      observedRevision: text,
      commit: text,
      generation: integer,
      pid: integer,
      libraryVersion: text,
      startedAt: time,
      lastExit: object({ at: time }, { code: integer, signal: text }),
      nextTryAt: time,
      since: time,
      evidenceAt: time,
    },
  ),
);

const service = named(
  'Service',
  'One service in one data centre; sync, health, approval and rollout are separate.',
  object(
    {
      scope: text,
      service: text,
      dataCenter: text,
      labels: texts,
      origin,
      state: oneOf('running', 'stopped'),
      sync,
      health: oneOf('Healthy', 'Progressing', 'Degraded', 'Down', 'Stopped', 'Unknown'),
      approval: oneOf('off'),
      rollout: rolloutPhase,
      digest: text,
      generation: integer,
      commit: text,
      acceptedAt: time,
      instances: object({ total: count, ready: count, current: count, unknown: count }),
      conditions,
    },
    { package: text, version: text, packageDigest: text, nextTryAt: time, evidenceAt: time },
  ),
);

const endpoint = named(
  'Endpoint',
  'Where a servant answers, and whether callers are sent there.',
  object(
    {
      ...endpointFields,
      instance: text,
      service: text,
      node: text,
      dataCenter: text,
      active: flag,
      reason: text,
    },
    { evidenceAt: time },
  ),
);

const rolloutStep = object(
  {
    instance: text,
    node: text,
    state: oneOf('waiting', 'updating', 'updated', 'failed', 'unknown'),
    message: text,
  },
  { since: time },
);

const rollout = named(
  'Rollout',
  'The way of a service to what Git asks for.',
  object(
    {
      scope: text,
      service: text,
      dataCenter: text,
      phase: rolloutPhase,
      strategy: oneOf('rolling', 'recreate'),
      generation: integer,
      commit: text,
      digest: text,
      updated: count,
      total: count,
      acceptedAt: time,
      lastProgressAt: time,
      steps: list(rolloutStep),
      conditions,
    },
    { version: text },
  ),
);

const revision = named(
  'Revision',
  'What is in force in one scope.',
  object(
    {
      scope: text,
      digest: text,
      commit: text,
      generation: integer,
      acceptedAt: time,
      instanceRevisions: list(object({ digest: text, instances: count })),
    },
    { version: text },
  ),
);

const packageVersion = named(
  'Package',
  'A version of a package in the patch store.',
  object({
    package: text,
    version: text,
    digest: text,
    sizeBytes: count,
    pushedAt: time,
    by: text,
    isDefault: flag,
    usedBy: list(text),
  }),
);

const event = named(
  'Event',
  'One line of history.',
  object({
    id: text,
    sequence: integer,
    at: time,
    reason: text,
    severity: oneOf('info', 'warning', 'error'),
    subject,
    message: text,
  }),
);

const problemRow = named(
  'StatusProblem',
  'Something that is not fine, with the command that explains it.',
  object(
    { severity: oneOf('error', 'warning'), subject, reason: text, message: text, why: text },
    { since: time, evidenceAt: time, nextTryAt: time },
  ),
);

const status = named(
  'Status',
  'The whole fleet on one screen.',
  object({
    cluster: ref('Cluster'),
    source: ref('Source'),
    problems: list(ref('StatusProblem')),
    services: list(ref('Service')),
    nodes: list(ref('Node')),
  }),
);

const why = named(
  'Why',
  'Why something is not as one expects it, and what would change that.',
  object(
    {
      kind: oneOf('service', 'instance', 'node', 'commit', 'source'),
      name: text,
      fine: flag,
      verdict: text,
      reason: text,
      message: text,
      facts: list(object({ mark: oneOf('ok', 'bad', 'wait', 'info'), label: text, text })),
      next: list(text),
    },
    { since: time, evidenceAt: time },
  ),
);

const problem = named(
  'Problem',
  'An error, as in RFC 9457.',
  object(
    {
      type: text,
      title: text,
      status: integer,
      detail: text,
      code: text,
      hint: text,
      requestId: text,
    },
    { details: { type: 'object', additionalProperties: true } },
  ),
);

/** Registered at the server under their `$id`. */
export const resourceSchemas: readonly JsonSchema[] = [
  condition,
  held,
  source,
  fault,
  cluster,
  node,
  instance,
  service,
  endpoint,
  rollout,
  revision,
  packageVersion,
  event,
  problemRow,
  status,
  why,
  problem,
  ...collectedSchemas,
];
