/** `tarsctl describe`: everything known of one object: fields, conditions, what belongs to it, events. */

import { placeOf } from '../problems.ts';
import type {
  ClusterResource,
  Condition,
  EventResource,
  FaultResource,
  InstanceResource,
  NodeResource,
  RolloutResource,
  ServiceResource,
  SourceResource,
} from '../resources.ts';
import { formatAgo } from './format-time.ts';
import { eventColumns, instanceColumns, labelText } from './list-columns.ts';
import { withNextTry } from './sentences.ts';
import { sourceLine } from './render-status.ts';
import { paintState, type RenderOptions } from './style.ts';
import { renderFields, renderTable, type Column } from './table.ts';
import { packageText, shortCommit, timeText } from './words.ts';

/** Events about an object, oldest first; only the last ones are shown. */
const eventsShown = 10;

interface Related {
  readonly instances?: readonly InstanceResource[];
  readonly events?: readonly EventResource[];
}

export function describeServiceText(
  service: ServiceResource,
  { instances = [], events = [] }: Related,
  options: RenderOptions,
): string {
  const { origin, package: name, labels } = service;
  const ready = `${service.instances.ready} of ${service.instances.total} ready, ${service.instances.current} current, ${service.instances.unknown} unknown`;
  const fields = renderFields(
    [
      ['service', service.scope],
      ['sync', service.sync],
      ['health', service.health],
      ['approval', service.approval],
      ['rollout', service.rollout],
      ['wanted', service.state],
      ['instances', ready],
      ['package', name && `${name} ${packageText(service.version, service.packageDigest)}`],
      [
        'commit',
        `${shortCommit(service.commit)}, generation ${service.generation}, accepted ${formatAgo(service.acceptedAt, options.now)}`,
      ],
      ['from', origin.path === '' ? undefined : `${origin.path}:${origin.line}`],
      ['labels', labelText(labels)],
      ['digest', service.digest],
      ['evidence', timeText(service.evidenceAt, options)],
    ],
    options.style,
  );
  const commands = `\n${options.style.accent(`tarsctl why ${service.scope}`)}\n`;
  return [
    fields,
    conditionTable(service.conditions, options),
    section('INSTANCES', renderTable(instanceColumns(options), instances, options.style)),
    eventTable(events, options),
    commands,
  ].join('');
}

export function describeInstanceText(
  instance: InstanceResource,
  { events = [] }: Related,
  options: RenderOptions,
): string {
  const { lastExit, endpoints } = instance;
  const exit =
    lastExit &&
    `${lastExit.signal ?? `exit code ${lastExit.code ?? '?'}`}, ${formatAgo(lastExit.at, options.now)}`;
  const fields = renderFields(
    [
      ['instance', instance.id],
      ['service', instance.scope],
      ['node', instance.node],
      ['wanted', instance.wanted],
      ['phase', instance.phase],
      ['sync', instance.sync],
      ['health', instance.health],
      ['reason', `${instance.reason}: ${withNextTry(instance, options.now)}`],
      ['since', timeText(instance.since, options)],
      ['version', instance.version],
      ['commit', instance.commit && shortCommit(instance.commit)],
      ['revision wanted', instance.desiredRevision],
      ['revision told', instance.targetRevision],
      ['revision running', instance.observedRevision],
      ['pid', instance.pid?.toString()],
      ['TARS library', instance.libraryVersion],
      ['started', instance.startedAt && timeText(instance.startedAt, options)],
      ['restarts', String(instance.restarts)],
      ['last exit', exit],
      ['evidence', timeText(instance.evidenceAt, options)],
      ...endpoints.map(
        ({ servant, host, port, protocol }) =>
          [`endpoint ${servant}`, `${host}:${port} ${protocol}`] as const,
      ),
    ].map(
      ([label, value]) => [String(label), value === undefined ? undefined : String(value)] as const,
    ),
    options.style,
  );
  const commands = [`tarsctl why ${instance.id}`, `tarsctl logs ${instance.id}`];
  return [
    fields,
    conditionTable(instance.conditions, options),
    eventTable(events, options),
    `\n${commands.map((command) => options.style.accent(command)).join('\n')}\n`,
  ].join('');
}

export function describeNodeText(
  node: NodeResource,
  { instances = [], events = [] }: Related,
  options: RenderOptions,
): string {
  const { origin, addresses, hostname, agentVersion, controller } = node;
  const fields = renderFields(
    [
      ['node', node.name],
      ['state', node.state],
      ['data centre', node.dataCenter],
      ['addresses', labelText(addresses)],
      ['labels', labelText(node.labels)],
      ['node set', node.nodeSet],
      ['from', origin && `${origin.path}:${origin.line}`],
      ['agent', agentVersion && `${agentVersion} on ${hostname ?? '?'}`],
      ['connected to', controller && `controller ${controller}`],
      ['since', timeText(node.since, options)],
      ['evidence', timeText(node.evidenceAt, options)],
    ],
    options.style,
  );
  return [
    fields,
    conditionTable(node.conditions, options),
    section('INSTANCES', renderTable(instanceColumns(options), instances, options.style)),
    eventTable(events, options),
    `\n${options.style.accent(`tarsctl why ${node.name}`)}\n`,
  ].join('');
}

export function describeRolloutText(rollout: RolloutResource, options: RenderOptions): string {
  const stepColumns: readonly Column<RolloutResource['steps'][number]>[] = [
    { header: 'INSTANCE', text: ({ instance }) => instance },
    {
      header: 'STATE',
      text: ({ state }) => state,
      paint: (text, _row, style) => paintState(text, style),
    },
    { header: 'SINCE', text: ({ since }) => timeText(since, options) },
    { header: 'MESSAGE', text: ({ message }) => message },
  ];
  const fields = renderFields(
    [
      ['service', rollout.scope],
      [
        'rollout',
        `${rollout.phase}, ${rollout.updated} of ${rollout.total} updated, ${rollout.strategy}`,
      ],
      ['version', rollout.version],
      ['commit', `${shortCommit(rollout.commit)}, generation ${rollout.generation}`],
      ['accepted', timeText(rollout.acceptedAt, options)],
      ['last progress', timeText(rollout.lastProgressAt, options)],
    ],
    options.style,
  );
  return [
    fields,
    conditionTable(rollout.conditions, options),
    section('STEPS', renderTable(stepColumns, rollout.steps, options.style)),
  ].join('');
}

export function describeSourceText(
  source: SourceResource,
  faults: readonly FaultResource[],
  options: RenderOptions,
): string {
  const fields = renderFields(
    [
      ['repository', source.url],
      ['branch', source.branch],
      ['path', source.path],
      ['head', source.head && shortCommit(source.head)],
      [
        'answered',
        source.lastLookAt === undefined ? 'never' : formatAgo(source.lastLookAt, options.now),
      ],
      ['objects', `${source.objects}, ${source.held.length} held, ${source.faults} faults`],
    ],
    options.style,
  );
  const held: readonly Column<SourceResource['held'][number]>[] = [
    { header: 'HELD', text: ({ kind, name }) => `${kind} ${name}` },
    { header: 'REASON', text: ({ reason }) => reason },
    { header: 'MESSAGE', text: ({ message }) => message },
  ];
  return [
    `${sourceLine(source, options)}\n`,
    fields,
    conditionTable(source.conditions, options),
    section('', renderTable(held, source.held, options.style)),
    section(
      'FAULTS',
      faults
        .map((fault) => fault.text ?? `${placeOf(fault)} ${fault.code}: ${fault.message}\n`)
        .join('\n'),
    ),
  ].join('');
}

export function describeClusterText(cluster: ClusterResource, options: RenderOptions): string {
  const { nodes, services, instances, faults } = cluster.counts;
  const fields = renderFields(
    [
      ['cluster', cluster.name],
      [
        'controller',
        `${controllerName(cluster)}${cluster.version}, started ${formatAgo(cluster.startedAt, options.now)}`,
      ],
      ['leader', cluster.controller && (cluster.leader ?? 'none')],
      ['data centres', cluster.dataCenters.join(', ')],
      ['nodes', `${nodes.alive} of ${nodes.total} alive`],
      ['services', `${services.fine} of ${services.total} fine`],
      [
        'instances',
        `${instances.ready} of ${instances.total} ready, ${instances.stopped} stopped, ${instances.unknown} unknown`,
      ],
      ['faults', String(faults)],
    ],
    options.style,
  );
  return fields + conditionTable(cluster.conditions, options);
}

/** Where there are several controllers. */
function controllerName({ controller }: ClusterResource): string {
  return controller === undefined ? '' : `${controller}, `;
}

function conditionTable(conditions: readonly Condition[], options: RenderOptions): string {
  const columns: readonly Column<Condition>[] = [
    { header: 'CONDITION', text: ({ type }) => type },
    {
      header: 'STATUS',
      text: ({ status }) => status,
      paint: (text, { status }, style) => (status === 'Unknown' ? style.warn : style.strong)(text),
    },
    { header: 'REASON', text: ({ reason }) => reason },
    { header: 'SINCE', text: ({ since }) => timeText(since, options) },
    { header: 'MESSAGE', text: ({ message }) => message },
  ];
  return section('', renderTable(columns, conditions, options.style));
}

function eventTable(events: readonly EventResource[], options: RenderOptions): string {
  const last = events.slice(-eventsShown);
  return section('EVENTS', renderTable(eventColumns(options), last, options.style));
}

function section(title: string, body: string): string {
  if (body === '') return '';
  return title === '' ? `\n${body}` : `\n${title}\n${body}`;
}
