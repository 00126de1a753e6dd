/** A plan as people read it: one line for each object, what changes below it, one line of counts. */

import type {
  FieldChange,
  InstanceChanges,
  ObjectChange,
  Plan,
  PlanSummary,
  ScopeChange,
} from './plan.ts';
import { formatValue, plural, shortDigest } from './wording.ts';

export type PlanStyle = 'add' | 'remove' | 'change' | 'restart' | 'dim';

export interface RenderOptions {
  /** Colours, when there is a terminal. */
  readonly paint?: (style: PlanStyle, text: string) => string;
  /** What the plan was compared with, such as a short commit. */
  readonly inForce?: string;
  readonly tookMs?: number;
}

type Paint = NonNullable<RenderOptions['paint']>;

/** Columns of names are not made wider than this by one long name. */
const nameWidthMax = 48;
const pathWidthMax = 32;

/** Ends with a line break. Nothing that is not a change is printed. */
export function renderPlan(plan: Plan, options: RenderOptions = {}): string {
  const paint: Paint = options.paint ?? ((_style, text) => text);
  const names = [...plan.scopes.map(({ scope }) => scope), ...plan.objects.map(objectName)];
  const nameWidth = Math.min(nameWidthMax, Math.max(0, ...names.map(({ length }) => length)));
  const lines = [
    ...plan.scopes.flatMap((scope) => renderScope(scope, nameWidth, paint)),
    ...plan.objects.flatMap((object) => renderObject(object, nameWidth, paint)),
    renderSummary(plan, options, paint),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function renderScope(change: ScopeChange, nameWidth: number, paint: Paint): string[] {
  const { version, fields } = change;
  // The version stands in the first line.
  const shown = fields.filter(
    ({ path, nodes }) => path !== 'release.version' || nodes !== undefined,
  );
  const parts = [
    change.scope.padEnd(nameWidth),
    versionText(version),
    actionText(change, shown.length, paint),
    instancesText(change.instances, paint),
  ];
  return [parts.filter((part) => part !== '').join('   '), ...renderFields(shown, paint)];
}

function versionText({ from, to }: ScopeChange['version']): string {
  if (from !== undefined && to !== undefined && from !== to) return `${from} → ${to}`;
  return to ?? from ?? '';
}

function actionText({ action }: ScopeChange, fieldCount: number, paint: Paint): string {
  if (action === 'add') return paint('add', '+ new');
  if (action === 'remove') return paint('remove', '- removed');
  return fieldCount === 0 ? '' : paint('change', `~ ${fieldCount} changed`);
}

function instancesText(instances: InstanceChanges, paint: Paint): string {
  const { added, removed, restarted, started, stopped } = instances;
  const startedAgain = started.filter((node) => !added.includes(node));
  const stoppedOnly = stopped.filter((node) => !removed.includes(node));
  return [
    countText('↻', restarted, 'restart', paint),
    countText('+', added, 'add', paint),
    countText('-', removed, 'remove', paint),
    startedAgain.length === 0 ? '' : paint('add', `starts ${countOf(startedAgain)}`),
    stoppedOnly.length === 0 ? '' : paint('remove', `stops ${countOf(stoppedOnly)}`),
  ]
    .filter((part) => part !== '')
    .join('   ');
}

function countText(
  symbol: string,
  nodes: readonly string[],
  style: PlanStyle,
  paint: Paint,
): string {
  return nodes.length === 0 ? '' : paint(style, `${symbol} ${countOf(nodes)}`);
}

/** Nodes shown by name before they are only counted. */
const nodesShown = 4;

function countOf(nodes: readonly string[]): string {
  const names = nodes.length <= nodesShown ? ` on ${nodes.join(', ')}` : '';
  return `${plural(nodes.length, 'instance')}${names}`;
}

function objectName({ kind, name, dataCenter }: ObjectChange): string {
  return kind === 'Node' ? `node ${dataCenter}/${name}` : `cluster ${name}`;
}

function renderObject(change: ObjectChange, nameWidth: number, paint: Paint): string[] {
  const name = objectName(change).padEnd(nameWidth);
  if (change.action === 'add') return [`${name}   ${paint('add', '+ new')}`];
  if (change.action === 'remove') return [`${name}   ${paint('remove', '- removed')}`];
  const count = paint('change', `~ ${change.fields.length} changed`);
  return [`${name}   ${count}`, ...renderFields(change.fields, paint)];
}

function renderFields(fields: readonly FieldChange[], paint: Paint): string[] {
  const longest = Math.max(0, ...fields.map(({ path }) => path.length));
  const width = Math.min(pathWidthMax, longest);
  return fields.map((field) => {
    const where = field.nodes === undefined ? '' : `   on ${nodesText(field.nodes)}`;
    return `  ${field.path.padEnd(width)}   ${fieldText(field, paint)}${paint('dim', where)}`;
  });
}

function nodesText(nodes: readonly string[]): string {
  const more = nodes.length > nodesShown ? ` and ${nodes.length - nodesShown} more` : '';
  return `${nodes.slice(0, nodesShown).join(', ')}${more}`;
}

function fieldText({ path, from, to, lines }: FieldChange, paint: Paint): string {
  if (lines !== undefined) {
    const { added, removed, place } = lines;
    const counts = `${paint('add', `+${added}`)} ${paint('remove', `−${removed}`)}`;
    return place === undefined
      ? counts
      : `${counts}   ${paint('dim', `${place.path}:${place.line}`)}`;
  }
  if (from === undefined) return paint('add', `+ ${formatValue(path, to)}`);
  if (to === undefined) return paint('remove', `- ${formatValue(path, from)}`);
  return `${formatValue(path, from)} → ${formatValue(path, to)}`;
}

function renderSummary({ summary, digest }: Plan, options: RenderOptions, paint: Paint): string {
  const { add, change, remove } = summary;
  const objects = [
    paint('add', `${add} add`),
    paint('change', `${change} change`),
    paint('remove', `${remove} remove`),
  ].join(', ');
  const tail = [
    `digest ${shortDigest(digest)}`,
    ...(options.inForce === undefined ? [] : [`in force ${options.inForce}`]),
    ...(options.tookMs === undefined ? [] : [`(${Math.round(options.tookMs)} ms)`]),
  ];
  return [`Plan: ${objects}, ${processText(summary)}.`, ...tail].join('   ');
}

function processText({ starts, restarts, stops, nodes, dataCenters }: PlanSummary): string {
  const counts = [
    ...(starts === 0 ? [] : [plural(starts, 'start')]),
    plural(restarts, 'restart'),
    ...(stops === 0 ? [] : [plural(stops, 'stop')]),
  ].join(', ');
  if (nodes === 0) return counts;
  const places = plural(dataCenters, 'data centre');
  return `${counts} on ${plural(nodes, 'node')} in ${places}`;
}
