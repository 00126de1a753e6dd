/** Faults as annotations of a GitHub workflow: lines that its runner takes out of the log. */

import type { Fault } from '../fault.ts';
import type { ReadSource } from './place-fault.ts';
import { reportFaults } from './render-json.ts';
import { messageOf, prefixPath } from './render-sarif.ts';

export function renderFaultsAsGithub(
  faults: readonly Fault[],
  readSource: ReadSource,
  { pathPrefix = '' }: { readonly pathPrefix?: string } = {},
): string {
  return reportFaults(faults, readSource)
    .map((report) => {
      const fields = {
        file: prefixPath(report.path, pathPrefix),
        line: report.line,
        col: report.column,
        endLine: report.endLine,
        endColumn: report.endColumn,
        title: report.code,
      };
      const properties = Object.entries(fields)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
      return `::${report.severity} ${properties.join(',')}::${escapeData(messageOf(report))}`;
    })
    .join('\n');
}

/** As the runner decodes it. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
