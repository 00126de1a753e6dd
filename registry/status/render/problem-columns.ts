/** The columns of what is not fine, on the status screen and in its own list. */

import type { ProblemResource } from '../resources.ts';
import { withNextTry } from './next-try.ts';
import type { RenderOptions } from './style.ts';
import type { Column } from './table.ts';
import { timeText } from './words.ts';

export function problemColumns(options: RenderOptions): readonly Column<ProblemResource>[] {
  return [
    {
      header: 'SUBJECT',
      text: ({ severity, subject }) =>
        `${severity === 'error' ? '✗' : '!'} ${subject.kind} ${subject.name}`,
      paint: (text, { severity }, style) => (severity === 'error' ? style.bad : style.warn)(text),
    },
    { header: 'REASON', text: ({ reason }) => reason },
    { header: 'SINCE', text: ({ since }) => timeText(since, options) },
    { header: 'WHAT', text: (problem) => withNextTry(problem, options.now) },
    {
      header: 'EXPLAINED BY',
      text: ({ why }) => why,
      paint: (text, _row, style) => style.accent(text),
    },
  ];
}
