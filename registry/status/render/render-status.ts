/** `tarsctl status`: one screen, problems first. */

import type { ClusterResource, SourceResource, StatusResource } from '../resources.ts';
import { cleanLine } from './clean-text.ts';
import { formatAgo } from './format-time.ts';
import { nodeColumns, serviceColumns } from './list-columns.ts';
import { renderProblems } from './render-problems.ts';
import { counted } from '../../../spec/wording/counted.ts';
import { paintState, type RenderOptions } from './style.ts';
import { renderTable, type Column } from './table.ts';
import { personName, shortCommit } from './words.ts';

const problemsMax = 20;
const rowsMax = 40;

export function renderStatus(status: StatusResource, options: RenderOptions): string {
  const { cluster, services, nodes, source } = status;
  const sourceIsOld = ['Unreachable', 'Stale', 'Frozen'].includes(source.state);
  const parts = [
    headLines(cluster, source, options),
    problemLines(status, options),
    bounded(services, serviceColumns({ ...options, sourceIsOld }), {
      ...options,
      all: 'tarsctl get services',
      total: cluster.counts.services.total,
    }),
    bounded(nodes, nodeColumns(options), {
      ...options,
      all: 'tarsctl get nodes',
      total: cluster.counts.nodes.total,
    }),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function headLines(
  cluster: ClusterResource,
  source: SourceResource,
  options: RenderOptions,
): string {
  const { nodes, services, instances, faults } = cluster.counts;
  const running = instances.total - instances.stopped;
  const numbers = [
    `${nodes.alive} of ${nodes.total} nodes alive`,
    `${services.fine} of ${services.total} services fine`,
    `${instances.ready} of ${running} instances ready`,
    ...(instances.unknown > 0 ? [`${instances.unknown} unknown`] : []),
    counted(faults, 'fault'),
    ...(cluster.controller === undefined ? [] : [leaderText(cluster)]),
  ];
  const name = options.style.strong(cleanLine(cluster.name));
  return `${name}   ${sourceLine(source, options)}\n${numbers.join(' · ')}\n`;
}

/** Where there are several controllers. */
function leaderText({ leader }: ClusterResource): string {
  return leader === undefined ? 'no leader' : `led by ${cleanLine(leader)}`;
}

/** `main@9f3c1e2 "raise to 1.1.0" by Ann, 2m ago   Fresh, looked at 3s ago`. */
export function sourceLine(source: SourceResource, options: RenderOptions): string {
  const { style, now } = options;
  const looked =
    source.lastLookAt === undefined
      ? 'never looked at'
      : `looked at ${formatAgo(source.lastLookAt, now)}`;
  const state = `${paintState(source.state, style)}, ${looked}`;
  const { inForceCommit, commit, subject, author, committedAt } = source;
  if (commit === undefined || inForceCommit === undefined) {
    return `${cleanLine(source.url) || 'no repository'}   ${state}`;
  }
  const when = committedAt === undefined ? '' : `, ${formatAgo(committedAt, now)}`;
  const said = `"${cleanLine(subject ?? '')}" by ${cleanLine(personName(author ?? ''))}${when}`;
  const inForce = `${cleanLine(source.branch)}@${shortCommit(inForceCommit)}`;
  if (inForceCommit === commit) return `${style.strong(inForce)} ${said}   ${state}`;
  return `${style.strong(inForce)} in force; held: ${shortCommit(commit)} ${said}   ${state}`;
}

function problemLines(
  { cluster: { counts }, problems }: StatusResource,
  options: RenderOptions,
): string {
  const { style } = options;
  if (problems.length === 0) {
    const { services, nodes } = counts;
    if (services.total + nodes.total === 0) {
      return 'Git asks for nothing yet. Start with: tarsctl init\n';
    }
    const open = services.total - services.fine;
    if (open > 0) return `◎ ${open} on the way to what Git says, with nothing in between.\n`;
    return style.good('✔ All is as Git says.\n');
  }
  const shown = problems.slice(0, problemsMax);
  const title = style.strong(`PROBLEMS (${counts.problems})\n`);
  const rest = counts.problems - shown.length;
  const more = rest > 0 ? `… and ${rest} more: tarsctl get problems\n` : '';
  return title + renderProblems(shown, options) + more;
}

function bounded<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { style, all, total }: RenderOptions & { readonly all: string; readonly total: number },
): string {
  const rest = total - Math.min(rows.length, rowsMax);
  const more = rest > 0 ? `… and ${rest} more: ${all}\n` : '';
  return renderTable(columns, rows.slice(0, rowsMax), style) + more;
}
