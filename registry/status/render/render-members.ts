/** `tarsctl controller members` and `health`. */

import type { TextStyle } from '../../../spec/wording/text-style.ts';
import type { EngineResource, MemberResource } from '../member-resources.ts';
import { formatDuration } from './format-time.ts';
import type { RenderOptions } from './style.ts';
import { renderTable, type Column } from './table.ts';
import { timeText } from './words.ts';

function memberColumns(options: RenderOptions): readonly Column<MemberResource>[] {
  return [
    { header: 'NAME', text: ({ name }) => name },
    {
      header: 'ROLE',
      text: ({ role }) => role,
      paint: (word, { role }, style) =>
        role === 'silent' ? style.bad(word) : role === 'leader' ? style.good(word) : word,
    },
    { header: 'AGENTS', text: ({ agents }) => (agents === undefined ? '-' : String(agents)) },
    { header: 'REGISTRY', text: ({ applied }) => String(applied?.['registry'] ?? '-') },
    { header: 'PATCH', text: ({ applied }) => String(applied?.['patch'] ?? '-') },
    {
      header: 'HEARD',
      text: ({ silentMs }) => (silentMs === undefined ? '-' : `${formatDuration(silentMs)} ago`),
    },
    { header: 'UP', text: ({ startedAt }) => timeText(startedAt, options) },
    { header: 'VERSION', text: ({ version }) => version ?? '-' },
    { header: 'URL', text: ({ url }) => url ?? '-' },
  ];
}

export function renderMembers(items: readonly MemberResource[], options: RenderOptions): string {
  return renderTable(memberColumns(options), items, options.style);
}

export function renderEngine(
  { engine, spare, logs, problems }: EngineResource,
  style: TextStyle,
): string {
  if (engine === 'embedded') return 'The log is embedded in the only controller.\n';
  const rows = logs.flatMap(({ name, entries, copies }) =>
    copies.map((copy) => ({ ...copy, log: name, entries })),
  );
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { header: 'LOG', text: ({ log }) => log },
    { header: 'ENTRIES', text: ({ entries }) => String(entries) },
    { header: 'COPY ON', text: ({ member }) => member },
    { header: 'ROLE', text: ({ role }) => role },
    {
      header: 'STATE',
      text: ({ isOnline, lag }) =>
        isOnline ? (lag === 0 ? 'current' : `${lag} behind`) : 'offline',
      paint: (word, { isOnline, lag }, current) =>
        isOnline ? (lag === 0 ? current.good(word) : current.warn(word)) : current.bad(word),
    },
  ];
  const verdict =
    problems.length === 0
      ? style.good(`Healthy: ${spare} of the members may fail.`)
      : [
          style.warn(spare === 0 ? 'None may fail now.' : `${spare} may fail now.`),
          style.bad(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}:`),
          ...problems.map((problem) => `  ${problem}`),
        ].join('\n');
  return `${renderTable(columns, rows, style)}\n${verdict}\n`;
}
