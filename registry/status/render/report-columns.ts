/** The columns of what services report. */

import type { NotificationResource, ReportResource } from '../resources.ts';
import { formatBytes } from './format-bytes.ts';
import type { RenderOptions } from './style.ts';
import type { Column } from './table.ts';
import { timeText } from './words.ts';

export function notificationColumns(
  options: RenderOptions,
): readonly Column<NotificationResource>[] {
  return [
    { header: 'AGE', text: ({ at }) => timeText(at, options) },
    {
      header: 'LEVEL',
      text: ({ level }) => level,
      paint: (text, { level }, style) => {
        if (level === 'normal') return text;
        return level === 'warn' ? style.warn(text) : style.bad(text);
      },
    },
    { header: 'SERVICE', text: ({ service }) => service },
    { header: 'NODE', text: ({ node }) => node },
    { header: 'MESSAGE', text: ({ message }) => message },
  ];
}

export function reportColumns(options: RenderOptions): readonly Column<ReportResource>[] {
  return [
    { header: 'KIND', text: ({ kind }) => kind },
    { header: 'SOURCE', text: ({ source }) => source },
    { header: 'ENTRIES', text: ({ entries }) => String(entries) },
    { header: 'SIZE', text: ({ bytes }) => formatBytes(bytes) },
    { header: 'LAST', text: ({ lastAt }) => timeText(lastAt, options) },
  ];
}
