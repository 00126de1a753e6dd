/**
 * The shape of every message, with its limits. A test compares its fingerprint with a kept one:
 * who changes a shape raises `protocolVersion`.
 */

import {
  choice,
  count,
  dictionary,
  either,
  finite,
  flag,
  list,
  object,
  text,
  type Shape,
} from './shape.ts';
import { collectedBodyLengthMax, collectedEntriesMax } from './collected-entry.ts';
import { objectNameLengthMax } from '../../registry/lookup/object-name.ts';
import {
  commandTextLengthMax,
  controllersMax,
  heldPackagesMax,
  interestMax,
} from './interest-limits.ts';
import type { AgentMessage, ControllerMessage } from './messages.ts';
import { desiredTopology, lookupObject } from './object-shapes.ts';

const name = text(256);
const word = text(64);
const sentence = text(16 * 1024);
const command = text(64 * 1024);
const digest = text(80);
const port = count(65_535);
/** An agent runs at most this many instances. */
const instancesMax = 10_000;

const exitRecord = object({ at: finite() }, { code: finite(), signal: word });

const endpoint = object({
  servant: name,
  protocol: choice('tars', 'not-tars'),
  host: name,
  port,
  weight: count(),
});

const phase = choice(
  'pending',
  'installing',
  'starting',
  'running',
  'unready',
  'stopping',
  'stopped',
  'backoff',
  'failed',
);

const instanceObserved = object(
  {
    instance: name,
    phase,
    observedGeneration: count(),
    restarts: count(),
    endpoints: list(endpoint, 256),
    since: finite(),
  },
  {
    revision: digest,
    pid: count(),
    startedAt: finite(),
    lastExit: exitRecord,
    libraryVersion: word,
    nextTryAt: finite(),
    reason: word,
    message: sentence,
  },
);

const secretValue = either(
  object({ plain: text(4_096) }),
  object({ secret: name, key: name, ciphertext: text(64 * 1024) }),
);

const servantAuth = object({ accessKey: name, secretKey: secretValue });

const servant = object(
  {
    name,
    port: either(count(65_535), choice('auto')),
    protocol: choice('tars', 'not-tars'),
    threads: count(),
    maxConnections: count(),
    queueCapacity: count(),
    queueTimeoutMs: count(),
    weight: count(),
  },
  { networks: list(name, 64), auth: servantAuth },
);

const monitor = object({
  kind: choice('tcp', 'http', 'script'),
  target: command,
  everyMs: count(),
  timeoutMs: count(),
  failures: count(),
});

const limits = object(
  {},
  { memoryBytes: count(), cpu: finite(), openFiles: count(), coreDumpBytes: count() },
);

const fileContent = text(15 * 1024 * 1024);

const fileSource = object(
  {
    config: name,
    path: text(4_096),
    line: count(),
    inline: flag(),
    renderedLine: count(),
  },
  { digest },
);

const renderedFile = object(
  { path: text(4_096), content: fileContent },
  { sources: list(fileSource, 1_000) },
);

const servedFile = object(
  {
    name: text(4_096),
    content: fileContent,
    levels: list(choice('app', 'app-set', 'service', 'node'), 4),
  },
  { appContent: fileContent, sources: list(fileSource, 1_000) },
);

const instanceRevision = object(
  {
    service: name,
    type: choice(
      'process',
      'tars-cpp',
      'tars-java',
      'tars-nodejs',
      'tars-go',
      'tars-php',
      'tars-python',
    ),
    hooks: object({}, { preStart: command, postStop: command }),
    limits,
    stopTimeoutMs: count(),
    startTimeoutMs: count(),
    env: dictionary(text(128 * 1024), { keyLengthMax: 256, countMax: 1_000 }),
    servants: list(servant, 256),
    files: list(renderedFile, 1_000),
  },
  {
    release: object({ package: name, version: name }, { digest }),
    start: command,
    stop: command,
    monitor,
    user: name,
    template: fileContent,
    set: name,
    served: list(servedFile, 1_000),
    calls: list(object({ object: name, auth: servantAuth }), 1_000),
  },
);

const instanceTarget = object(
  {
    instance: name,
    scope: text(512),
    service: name,
    node: name,
    state: choice('running', 'stopped'),
    revision: digest,
    content: instanceRevision,
    generation: count(),
    commit: text(128),
  },
  { artifact: object({ digest, sizeBytes: count() }) },
);

const nodeFacts = object({
  dataCenter: name,
  addresses: dictionary(name, { keyLengthMax: 256, countMax: 64 }),
  portRange: object({ from: port, to: port }),
});

const objectName = text(objectNameLengthMax);

const collectedEntry = object({
  kind: choice('stat', 'property', 'notify', 'log', 'dropped'),
  at: finite(),
  source: name,
  node: name,
  body: text(collectedBodyLengthMax),
});

const heldPackage = object({ package: name, version: name, digest, sizeBytes: count() });

/** What an agent may send. */
export const agentShapes = {
  hello: object(
    {
      type: choice('hello'),
      protocolVersion: count(),
      node: name,
      sessionId: word,
      agentVersion: word,
      bootId: name,
      hostname: name,
      haveRevision: count(),
    },
    { registryId: word },
  ),
  heartbeat: object({ type: choice('heartbeat') }),
  report: object({
    type: choice('report'),
    number: count(),
    full: flag(),
    instances: list(instanceObserved, instancesMax),
    gone: list(name, instancesMax),
  }),
  'targets-ack': object({ type: choice('targets-ack'), revision: count() }),
  'logs-chunk': object(
    {
      type: choice('logs-chunk'),
      requestId: word,
      lines: list(text(1024 * 1024), 10_000),
      position: count(),
    },
    { end: object({ code: choice('done', 'cancelled', 'error') }, { message: sentence }) },
  ),
  interest: object({
    type: choice('interest'),
    full: flag(),
    add: list(objectName, interestMax),
    remove: list(objectName, interestMax),
  }),
  'objects-ack': object({ type: choice('objects-ack'), revision: count() }),
  collected: object({
    type: choice('collected'),
    stream: word,
    from: count(),
    entries: list(collectedEntry, collectedEntriesMax),
  }),
  'command-result': object(
    {
      type: choice('command-result'),
      requestId: word,
      ok: flag(),
      text: text(commandTextLengthMax),
    },
    { code: word },
  ),
  'lock-request': object({
    type: choice('lock-request'),
    requestId: word,
    service: name,
    node: name,
    isMaster: flag(),
    timeoutMs: count(),
  }),
  held: object(
    {
      type: choice('held'),
      targets: list(instanceTarget, instancesMax),
      packages: list(heldPackage, heldPackagesMax),
    },
    { highestToken: count() },
  ),
} as const satisfies Record<AgentMessage['type'], Shape>;

/** What a controller may send. */
export const controllerShapes = {
  welcome: object(
    { type: choice('welcome'), heartbeatMs: count(60_000), packagesPath: name },
    {
      registryId: word,
      controllers: list(text(512), controllersMax),
      tellHeld: flag(),
      token: count(),
    },
  ),
  refuse: object({ type: choice('refuse'), code: word, message: sentence }),
  targets: object(
    {
      type: choice('targets'),
      revision: count(),
      upsert: list(instanceTarget, instancesMax),
      remove: list(name, instancesMax),
    },
    { base: count(), more: flag(), nodeFacts, keep: list(name, instancesMax) },
  ),
  'report-ack': object({ type: choice('report-ack'), number: count() }),
  'logs-request': object(
    {
      type: choice('logs-request'),
      requestId: word,
      instance: name,
      from: either(object({ tailLines: count(1_000_000) }), object({ position: count() })),
      follow: flag(),
    },
    { contains: text(1_024) },
  ),
  'logs-cancel': object({ type: choice('logs-cancel'), requestId: word }),
  objects: object(
    {
      type: choice('objects'),
      revision: count(),
      upsert: list(lookupObject, interestMax),
      unknown: list(objectName, interestMax),
    },
    { full: flag(), topology: desiredTopology, more: flag() },
  ),
  'collected-ack': object({ type: choice('collected-ack'), stream: word, upTo: count() }),
  command: object({
    type: choice('command'),
    requestId: word,
    instance: name,
    text: text(commandTextLengthMax),
    timeoutMs: count(),
  }),
  'lock-result': object(
    { type: choice('lock-result'), requestId: word, ret: finite() },
    { epoch: count() },
  ),
  token: object({ type: choice('token'), token: count() }),
} as const satisfies Record<ControllerMessage['type'], Shape>;
