/** What is not fine, two lines each: which, since when and how to ask why; then what. */

import type { ProblemResource } from '../resources.ts';
import type { RenderOptions } from './style.ts';
import { withNextTry } from './sentences.ts';
import { renderTable, type Column } from './table.ts';
import { timeText } from './words.ts';

export function renderProblems(
  problems: readonly ProblemResource[],
  options: RenderOptions,
): string {
  const columns = problemColumns(options);
  return renderTable(columns, problems, options.style, (row) => withNextTry(row, options.now));
}

function problemColumns(options: RenderOptions): readonly Column<ProblemResource>[] {
  return [
    {
      header: 'SUBJECT',
      text: ({ severity, subject }) =>
        `${severity === 'error' ? '✗' : '!'} ${subject.kind} ${subject.name}`,
      paint: (text, { severity }, style) => (severity === 'error' ? style.bad : style.warn)(text),
    },
    { header: 'REASON', text: ({ reason }) => reason },
    { header: 'SINCE', text: ({ since }) => timeText(since, options) },
    {
      header: 'EXPLAINED BY',
      text: ({ why }) => why,
      paint: (text, _row, style) => style.accent(text),
    },
  ];
}
