/** A plan as people read it: one line for each object, what changes below it, one line of counts. */

import type {
  FieldChange,
  InstanceChanges,
  ObjectChange,
  Plan,
  PlanSummary,
  ScopeChange,
} from './plan.ts';
import { counted } from '../wording/counted.ts';
import { plainTextStyle, type Paint, type TextStyle } from '../wording/text-style.ts';
import { formatValue, shortDigest } from './wording.ts';

export interface RenderOptions {
  /** Colours, when there is a terminal. */
  readonly style?: TextStyle;
  /** What the plan was compared with, such as a short commit. */
  readonly inForce?: string;
  readonly tookMs?: number;
}

/** Columns of names are not made wider than this by one long name. */
const nameWidthMax = 48;
const pathWidthMax = 32;

/** Ends with a line break. Nothing that is not a change is printed. */
export function renderPlan(plan: Plan, options: RenderOptions = {}): string {
  const style = options.style ?? plainTextStyle;
  const names = [...plan.scopes.map(({ scope }) => scope), ...plan.objects.map(objectName)];
  const nameWidth = Math.min(nameWidthMax, Math.max(0, ...names.map(({ length }) => length)));
  const lines = [
    ...plan.scopes.flatMap((scope) => renderScope(scope, nameWidth, style)),
    ...plan.objects.flatMap((object) => renderObject(object, nameWidth, style)),
    renderSummary(plan, options, style),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function renderScope(change: ScopeChange, nameWidth: number, style: TextStyle): string[] {
  const { version, fields } = change;
  // The version stands in the first line.
  const shown = fields.filter(
    ({ path, nodes }) => path !== 'release.version' || nodes !== undefined,
  );
  const parts = [
    change.scope.padEnd(nameWidth),
    versionText(version),
    actionText(change, shown.length, style),
    instancesText(change.instances, style),
  ];
  return [parts.filter((part) => part !== '').join('   '), ...renderFields(shown, style)];
}

function versionText({ from, to }: ScopeChange['version']): string {
  if (from !== undefined && to !== undefined && from !== to) return `${from} → ${to}`;
  return to ?? from ?? '';
}

function actionText({ action }: ScopeChange, fieldCount: number, style: TextStyle): string {
  if (action === 'add') return style.good('+ new');
  if (action === 'remove') return style.bad('- removed');
  return fieldCount === 0 ? '' : style.warn(`~ ${fieldCount} changed`);
}

function instancesText(instances: InstanceChanges, style: TextStyle): string {
  const { added, removed, restarted, reloaded, started, stopped } = instances;
  const startedAgain = started.filter((node) => !added.includes(node));
  const stoppedOnly = stopped.filter((node) => !removed.includes(node));
  return [
    countText('↻', restarted, style.accent),
    countText('~', reloaded, style.warn),
    countText('+', added, style.good),
    countText('-', removed, style.bad),
    startedAgain.length === 0 ? '' : style.good(`starts ${countOf(startedAgain)}`),
    stoppedOnly.length === 0 ? '' : style.bad(`stops ${countOf(stoppedOnly)}`),
  ]
    .filter((part) => part !== '')
    .join('   ');
}

function countText(symbol: string, nodes: readonly string[], paint: Paint): string {
  return nodes.length === 0 ? '' : paint(`${symbol} ${countOf(nodes)}`);
}

/** Nodes shown by name before they are only counted. */
const nodesShown = 4;

function countOf(nodes: readonly string[]): string {
  const names = nodes.length <= nodesShown ? ` on ${nodes.join(', ')}` : '';
  return `${counted(nodes.length, 'instance')}${names}`;
}

const words: Readonly<Record<ObjectChange['kind'], string>> = {
  Node: 'node',
  Cluster: 'cluster',
  IdcGroup: 'IDC group',
  Station: 'station',
};

function objectName({ kind, name, dataCenter }: ObjectChange): string {
  const path = dataCenter === undefined ? name : `${dataCenter}/${name}`;
  return `${words[kind]} ${path}`;
}

function renderObject(change: ObjectChange, nameWidth: number, style: TextStyle): string[] {
  const name = objectName(change).padEnd(nameWidth);
  if (change.action === 'add') return [`${name}   ${style.good('+ new')}`];
  if (change.action === 'remove') return [`${name}   ${style.bad('- removed')}`];
  const count = style.warn(`~ ${change.fields.length} changed`);
  return [`${name}   ${count}`, ...renderFields(change.fields, style)];
}

function renderFields(fields: readonly FieldChange[], style: TextStyle): string[] {
  const longest = Math.max(0, ...fields.map(({ path }) => path.length));
  const width = Math.min(pathWidthMax, longest);
  return fields.map((field) => {
    const where = field.nodes === undefined ? '' : `   on ${nodesText(field.nodes)}`;
    return `  ${field.path.padEnd(width)}   ${fieldText(field, style)}${style.faint(where)}`;
  });
}

function nodesText(nodes: readonly string[]): string {
  const more = nodes.length > nodesShown ? ` and ${nodes.length - nodesShown} more` : '';
  return `${nodes.slice(0, nodesShown).join(', ')}${more}`;
}

function fieldText({ path, from, to, lines }: FieldChange, style: TextStyle): string {
  if (lines !== undefined) {
    const { added, removed, place } = lines;
    const counts = `${style.good(`+${added}`)} ${style.bad(`−${removed}`)}`;
    return place === undefined
      ? counts
      : `${counts}   ${style.faint(`${place.path}:${place.line}`)}`;
  }
  if (from === undefined) return style.good(`+ ${formatValue(path, to)}`);
  if (to === undefined) return style.bad(`- ${formatValue(path, from)}`);
  return `${formatValue(path, from)} → ${formatValue(path, to)}`;
}

function renderSummary(
  { summary, digest }: Plan,
  options: RenderOptions,
  style: TextStyle,
): string {
  const { add, change, remove } = summary;
  const objects = [
    style.good(`${add} add`),
    style.warn(`${change} change`),
    style.bad(`${remove} remove`),
  ].join(', ');
  const tail = [
    `digest ${shortDigest(digest)}`,
    ...(options.inForce === undefined ? [] : [`in force ${options.inForce}`]),
    ...(options.tookMs === undefined ? [] : [`(${Math.round(options.tookMs)} ms)`]),
  ];
  return [`Plan: ${objects}, ${processText(summary)}.`, ...tail].join('   ');
}

function processText(summary: PlanSummary): string {
  const { starts, restarts, reloads, stops, nodes, dataCenters } = summary;
  const counts = [
    ...(starts === 0 ? [] : [counted(starts, 'start')]),
    counted(restarts, 'restart'),
    ...(reloads === 0 ? [] : [counted(reloads, 'reload')]),
    ...(stops === 0 ? [] : [counted(stops, 'stop')]),
  ].join(', ');
  if (nodes === 0) return counts;
  const places = counted(dataCenters, 'data centre');
  return `${counts} on ${counted(nodes, 'node')} in ${places}`;
}
