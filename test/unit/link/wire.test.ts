/** What arrives is either a message of the agreed shape or a sentence; never a crash. */

import { fc } from '../../support/seeded-property.ts';
import { pack, Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { frameBytesMax } from '../../../link/messages/check-frame.ts';
import type { AgentMessage, ControllerMessage } from '../../../link/messages/messages.ts';
import {
  decodeAgentMessage,
  decodeControllerMessage,
  encodeMessage,
} from '../../../link/messages/wire.ts';
import { lookupEndpoint, lookupObject } from '../../support/link/lookup-objects.ts';
import { observedOf, scope, targetOf } from '../../support/registry/builders.ts';

const hello: AgentMessage = {
  type: 'hello',
  protocolVersion: 1,
  node: 'n1',
  sessionId: 's1',
  agentVersion: '0.1.0',
  bootId: 'b1',
  hostname: 'h1',
  haveRevision: 0,
};

const endpoint = { servant: 'Obj', protocol: 'tars', host: '10.0.0.1', port: 9_001, weight: 100 };
const report: AgentMessage = {
  type: 'report',
  number: 1,
  full: true,
  instances: [
    observedOf('A.One@n1', {
      pid: 812,
      startedAt: 1_750_000_000_123.5,
      lastExit: { signal: 'SIGKILL', at: 1_750_000_000_000 },
      endpoints: [{ ...endpoint, protocol: 'tars' }],
    }),
  ],
  gone: ['A.Two@n1'],
};

const one = scope({ service: 'A.One', nodes: ['n1'], revision: 'r1' });
const targets: ControllerMessage = {
  type: 'targets',
  revision: 7,
  base: 5,
  upsert: [targetOf(one, 'n1', { artifact: { digest: 'sha256:ab', sizeBytes: 9 } })],
  remove: ['A.Two@n1'],
  nodeFacts: { dataCenter: 'd1', addresses: { main: '10.0.0.1' }, portRange: { from: 1, to: 2 } },
};

const agentMessages: readonly AgentMessage[] = [
  hello,
  report,
  { type: 'heartbeat' },
  { type: 'targets-ack', revision: 7 },
  { type: 'logs-chunk', requestId: 'l1', lines: ['a'], position: 2, end: { code: 'done' } },
  { type: 'interest', full: true, add: ['A.One.Obj'], remove: [] },
  { type: 'objects-ack', revision: 9 },
  {
    type: 'collected',
    stream: 'f00d',
    from: 12,
    entries: [{ kind: 'notify', at: 1.5, source: 'A.One', node: 'n1', body: '{"level":0}' }],
  },
  { type: 'command-result', requestId: 'c1', ok: false, text: 'no', code: 'COMMAND_FAILED' },
  {
    type: 'lock-request',
    requestId: 'k1',
    service: 'A.One',
    node: 'n1',
    isMaster: true,
    timeoutMs: 5_000,
  },
];

const controllerMessages: readonly ControllerMessage[] = [
  targets,
  { type: 'welcome', heartbeatMs: 1_000, packagesPath: '/p' },
  { type: 'refuse', code: 'NODE_BUSY', message: 'no' },
  { type: 'report-ack', number: 3 },
  {
    type: 'logs-request',
    requestId: 'l1',
    instance: 'A.One@n1',
    from: { tailLines: 5 },
    follow: true,
  },
  { type: 'logs-cancel', requestId: 'l1' },
  {
    type: 'objects',
    revision: 9,
    full: true,
    topology: {
      groups: [
        { id: 1, name: 'sz', dataCenter: 'd1', allow: ['10.*'], deny: [], order: 'allow-deny' },
      ],
      stations: [{ name: 'south', groups: [1], priority: 2 }],
    },
    upsert: [
      lookupObject('A.One.Obj', [lookupEndpoint('A.One@n1', { set: 'a.b.c', group: 'sz' })]),
    ],
    unknown: ['A.Two.Obj'],
    more: true,
  },
  { type: 'collected-ack', stream: 'f00d', upTo: 12 },
  {
    type: 'command',
    requestId: 'c1',
    instance: 'A.One@n1',
    text: 'tars.loadconfig a.conf',
    timeoutMs: 9,
  },
  { type: 'lock-result', requestId: 'k1', ret: -1 },
];

const faultOf = (value: unknown) => {
  const decoded = decodeAgentMessage(pack(value));
  return decoded.ok ? undefined : decoded.fault;
};

describe('messages', () => {
  it.each(agentMessages)('of an agent come out as they went in: $type', (message) => {
    expect(decodeAgentMessage(encodeMessage(message))).toEqual({ ok: true, message });
    expect(decodeControllerMessage(encodeMessage(message)).ok).toBe(false);
  });

  it.each(controllerMessages)('of a controller come out as they went in: $type', (message) => {
    expect(decodeControllerMessage(encodeMessage(message))).toEqual({ ok: true, message });
    expect(decodeAgentMessage(encodeMessage(message)).ok).toBe(false);
  });

  it('without a value for an optional field are as if the field were not there', () => {
    const decoded = decodeAgentMessage(
      encodeMessage({ ...report, zzz: undefined } as AgentMessage),
    );
    expect(decoded).toEqual({ ok: true, message: report });
  });
});

describe('a wrong message', () => {
  it.each([
    ['no object', 7, 'the message has no known type'],
    ['an unknown type', { type: 'hullo' }, 'the message has no known type'],
    ['a type from the prototype', { type: 'constructor' }, 'the message has no known type'],
    ['a missing field', { type: 'targets-ack' }, 'targets-ack.revision is missing'],
    ['a field too many', { type: 'heartbeat', at: 1 }, 'heartbeat.at is not known'],
    ['text for a number', { type: 'targets-ack', revision: '7' }, /revision must be a whole/],
    ['a fraction', { type: 'targets-ack', revision: 7.5 }, /revision must be a whole/],
    ['a negative number', { type: 'targets-ack', revision: -1 }, /from 0 to/],
    ['not a number', { type: 'targets-ack', revision: Number.NaN }, /revision must be a whole/],
    [
      'a long text',
      { ...hello, node: 'n'.repeat(257) },
      'hello.node is longer than 256 characters',
    ],
    [
      'a wrong phase',
      { ...report, instances: [{ ...observedOf('a'), phase: 'asleep' }] },
      /instances\[0\].phase must be one of pending/,
    ],
    [
      'too many items',
      { ...report, gone: Array.from({ length: 10_001 }, () => 'a') },
      /more than 10000 items/,
    ],
    ['nothing where something is', { ...report, gone: null }, 'report.gone must be a list'],
    ['a map for a list', { ...report, gone: {} }, 'report.gone must be a list'],
  ])('with %s is named', (_name, value, fault) => {
    expect(faultOf(value)).toEqual(
      typeof fault === 'string' ? fault : expect.stringMatching(fault),
    );
  });

  it('of another version tells the version, whatever else it has', () => {
    const decoded = decodeAgentMessage(pack({ ...hello, protocolVersion: 9, colour: 'red' }));
    expect(decoded).toMatchObject({ ok: false, otherVersion: 9 });
  });
});

describe('a frame', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  it.each([
    ['is empty', new Uint8Array(), 'the frame is empty'],
    ['is too large', new Uint8Array(frameBytesMax + 1), /larger than/],
    ['is cut short', encodeMessage(report).subarray(0, 40), /ends in the middle/],
    ['goes on', Uint8Array.of(...encodeMessage({ type: 'heartbeat' }), 0xc0), /goes on behind/],
    ['claims four billion items', Uint8Array.of(0xdd, 255, 255, 255, 255), /ends in the middle/],
    ['claims four billion keys', Uint8Array.of(0xdf, 255, 255, 255, 255), /ends in the middle/],
    ['claims a long text', Uint8Array.of(0xdb, 255, 255, 255, 255, 65), /ends in the middle/],
    ['is nested deep', pack(nested(40)), /nested deeper/],
    ['holds a date', pack(new Date()), /kind that is not used/],
    ['holds a record', new Packr({ useRecords: true }).pack({ type: 'heartbeat' }), /not used/],
    ['holds bytes', pack({ type: 'heartbeat', at: new Uint8Array(3) }), /not used/],
    ['holds a set', new Packr({ moreTypes: true }).pack(new Set([1])), /not used/],
    ['uses the unused byte', Uint8Array.of(0xc1), /not used/],
  ])('that %s is refused', (_name, bytes, fault) => {
    const decoded = decodeAgentMessage(bytes);
    expect(decoded.ok ? '' : decoded.fault).toEqual(
      typeof fault === 'string' ? fault : expect.stringMatching(fault),
    );
  });

  it('of any bytes never crashes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const decoded = [decodeAgentMessage(bytes), decodeControllerMessage(bytes)];
        for (const answer of decoded) expect(answer.ok || answer.fault.length > 0).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('with damaged bytes never crashes, and never pollutes a prototype', () => {
    const valid = [...agentMessages, ...controllerMessages].map((message) =>
      encodeMessage(message),
    );
    const place = fc.noBias(fc.nat(9_999));
    const value = fc.oneof(fc.noBias(fc.nat(255)), fc.integer({ min: 97, max: 122 }));
    const damage = fc.array(fc.tuple(place, value), { minLength: 1, maxLength: 5 });
    let survivors = 0;
    fc.assert(
      fc.property(fc.constantFrom(...valid), damage, (bytes, changes) => {
        const copy = Uint8Array.from(bytes);
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        if (decodeAgentMessage(copy).ok || decodeControllerMessage(copy).ok) survivors += 1;
      }),
      { numRuns: 5_000 },
    );
    expect(survivors).toBeGreaterThan(20);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
