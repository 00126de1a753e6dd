/** The columns of every list that `tarsctl get` prints; `wide` adds more of them. */

import type {
  EndpointResource,
  EventResource,
  FaultResource,
  InstanceResource,
  NodeResource,
  PackageResource,
  RevisionResource,
  RolloutResource,
  ServiceResource,
} from '../resources.ts';
import { placeOf } from '../problems.ts';
import { formatBytes } from './format-bytes.ts';
import { withNextTry } from './sentences.ts';
import { paintState, type RenderOptions } from './style.ts';
import type { Column } from './table.ts';
import { packageText, shortCommit, shortDigest, timeText } from './words.ts';

function state<Row>(header: string, text: (row: Row) => string): Column<Row> {
  return { header, text, paint: (word, _row, style) => paintState(word, style) };
}

function wideOnly<Row>({ wide }: RenderOptions, columns: readonly Column<Row>[]) {
  return wide === true ? columns : [];
}

function readyText({ state: wanted, instances }: ServiceResource): string {
  return wanted === 'stopped' ? '-' : `${instances.ready}/${instances.total}`;
}

export function serviceColumns(options: RenderOptions): readonly Column<ServiceResource>[] {
  return [
    { header: 'SERVICE', text: ({ scope }) => scope },
    {
      header: 'SYNC',
      text: ({ sync }) => sync,
      // What Git says now is not known: nothing is green on old data.
      paint: (word, _row, style) =>
        options.sourceIsOld === true ? style.warn(word) : paintState(word, style),
    },
    state('HEALTH', ({ health }) => health),
    state('APPROVAL', ({ approval }) => approval),
    state('ROLLOUT', ({ rollout }) => rollout),
    { header: 'READY', text: readyText },
    { header: 'VERSION', text: (row) => packageText(row.version, row.packageDigest) },
    { header: 'COMMIT', text: ({ commit }) => shortCommit(commit) },
    { header: 'EVIDENCE', text: ({ evidenceAt }) => timeText(evidenceAt, options) },
    ...wideOnly<ServiceResource>(options, [
      { header: 'GENERATION', text: ({ generation }) => String(generation) },
      { header: 'DIGEST', text: ({ digest }) => shortDigest(digest) },
      { header: 'FROM', text: ({ origin }) => `${origin.path}:${origin.line}` },
    ]),
  ];
}

export function instanceColumns(options: RenderOptions): readonly Column<InstanceResource>[] {
  return [
    { header: 'INSTANCE', text: ({ id }) => id },
    { header: 'DC', text: ({ dataCenter }) => dataCenter },
    state('PHASE', ({ phase }) => phase),
    state('SYNC', ({ sync }) => sync),
    state('HEALTH', ({ health }) => health),
    { header: 'REASON', text: ({ reason }) => reason },
    { header: 'VERSION', text: ({ version }) => version ?? '-' },
    { header: 'PID', text: ({ pid }) => String(pid ?? '-') },
    { header: 'RESTARTS', text: ({ restarts }) => String(restarts) },
    { header: 'SINCE', text: ({ since }) => timeText(since, options) },
    { header: 'EVIDENCE', text: ({ evidenceAt }) => timeText(evidenceAt, options) },
    ...wideOnly<InstanceResource>(options, [
      { header: 'COMMIT', text: ({ commit }) => shortCommit(commit ?? '-') },
      { header: 'REVISION', text: (row) => shortDigest(row.observedRevision ?? '-') },
      { header: 'MESSAGE', text: (row) => withNextTry(row, options.now) },
    ]),
  ];
}

export function nodeColumns(options: RenderOptions): readonly Column<NodeResource>[] {
  return [
    { header: 'NODE', text: ({ name }) => name },
    { header: 'DC', text: ({ dataCenter }) => dataCenter },
    state('STATE', (node) => node.state),
    { header: 'READY', text: ({ instances }) => `${instances.ready}/${instances.total}` },
    { header: 'ADDRESS', text: ({ addresses }) => Object.values(addresses)[0] ?? '-' },
    { header: 'AGENT', text: ({ agentVersion }) => agentVersion ?? '-' },
    { header: 'SINCE', text: ({ since }) => timeText(since, options) },
    { header: 'EVIDENCE', text: ({ evidenceAt }) => timeText(evidenceAt, options) },
    ...wideOnly<NodeResource>(options, [
      { header: 'HOST', text: hostText },
      { header: 'LABELS', text: ({ labels }) => labelText(labels) },
    ]),
  ];
}

/** Where there are several controllers, also the one that its agent is connected to. */
function hostText({ hostname = '-', controller }: NodeResource): string {
  return controller === undefined ? hostname : `${hostname} via ${controller}`;
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

function fullServantName({ service, servant }: EndpointResource): string {
  return servant.startsWith(`${service}.`) ? servant : `${service}.${servant}`;
}

export function endpointColumns(options: RenderOptions): readonly Column<EndpointResource>[] {
  return [
    { header: 'SERVANT', text: fullServantName },
    { header: 'ADDRESS', text: ({ host, port }) => `${host}:${port}` },
    { header: 'PROTOCOL', text: ({ protocol }) => protocol },
    { header: 'NODE', text: ({ node }) => node },
    {
      header: 'ACTIVE',
      text: ({ active, reason }) => (active ? 'yes' : `no: ${reason}`),
      paint: (text, { active }, style) => (active ? style.good : style.warn)(text),
    },
    { header: 'WEIGHT', text: ({ weight }) => String(weight) },
    { header: 'EVIDENCE', text: ({ evidenceAt }) => timeText(evidenceAt, options) },
  ];
}

export function rolloutColumns(options: RenderOptions): readonly Column<RolloutResource>[] {
  return [
    { header: 'SERVICE', text: ({ scope }) => scope },
    state('ROLLOUT', ({ phase }) => phase),
    { header: 'UPDATED', text: ({ updated, total }) => `${updated}/${total}` },
    { header: 'STRATEGY', text: ({ strategy }) => strategy },
    { header: 'VERSION', text: ({ version }) => version ?? '-' },
    { header: 'COMMIT', text: ({ commit }) => shortCommit(commit) },
    { header: 'ACCEPTED', text: ({ acceptedAt }) => timeText(acceptedAt, options) },
    { header: 'PROGRESS', text: ({ lastProgressAt }) => timeText(lastProgressAt, options) },
  ];
}

export function revisionColumns(options: RenderOptions): readonly Column<RevisionResource>[] {
  return [
    { header: 'SERVICE', text: ({ scope }) => scope },
    {
      header: 'DIGEST',
      text: ({ digest }) => (options.wide === true ? digest : shortDigest(digest)),
    },
    { header: 'GENERATION', text: ({ generation }) => String(generation) },
    { header: 'VERSION', text: ({ version }) => version ?? '-' },
    { header: 'COMMIT', text: ({ commit }) => shortCommit(commit) },
    { header: 'ACCEPTED', text: ({ acceptedAt }) => timeText(acceptedAt, options) },
    {
      header: 'INSTANCE REVISIONS',
      text: ({ instanceRevisions }) =>
        instanceRevisions
          .map(
            ({ digest, instances }) =>
              `${instances}× ${digest.replace(/^sha256:/, '').slice(0, 12)}`,
          )
          .join(', '),
    },
  ];
}

export function packageColumns(options: RenderOptions): readonly Column<PackageResource>[] {
  return [
    { header: 'PACKAGE', text: (row) => row.package },
    { header: 'VERSION', text: ({ version }) => version },
    {
      header: 'DIGEST',
      text: ({ digest }) => (options.wide === true ? digest : shortDigest(digest)),
    },
    { header: 'SIZE', text: ({ sizeBytes }) => formatBytes(sizeBytes) },
    { header: 'PUSHED', text: ({ pushedAt }) => timeText(pushedAt, options) },
    { header: 'DEFAULT', text: ({ isDefault }) => (isDefault ? 'yes' : '-') },
    { header: 'USED BY', text: ({ usedBy }) => usedBy.join(', ') },
  ];
}

function subjectText({ subject: { kind, name } }: EventResource): string {
  return `${kind} ${kind === 'Commit' ? shortCommit(name) : name}`;
}

export function eventColumns(options: RenderOptions): readonly Column<EventResource>[] {
  return [
    { header: 'AGE', text: ({ at }) => timeText(at, options) },
    {
      header: 'REASON',
      text: ({ reason }) => reason,
      paint: (text, { severity }, style) =>
        ({ info: (same: string) => same, warning: style.warn, error: style.bad })[severity](text),
    },
    { header: 'SUBJECT', text: subjectText },
    { header: 'MESSAGE', text: ({ message }) => message },
  ];
}

export function faultColumns(): readonly Column<FaultResource>[] {
  return [
    state('SEVERITY', ({ severity }) => severity),
    { header: 'PLACE', text: placeOf },
    { header: 'CODE', text: ({ code }) => code },
    {
      header: 'MESSAGE',
      text: ({ message, suggestion }) => [message, suggestion].filter(Boolean).join('; '),
    },
  ];
}
