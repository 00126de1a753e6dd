/** Faults as SARIF 2.1.0, which code hosts show beside the lines of a pull request. */

import { faultCodes, type FaultCode } from '../fault-codes.ts';
import type { Fault } from '../fault.ts';
import type { ReadSource } from './place-fault.ts';
import { reportFaults, type FaultReport, type PlaceReport } from './render-json.ts';

export interface SarifOptions {
  /** Version of Tarsier. */
  readonly version: string;
  /** Folder of the spec inside the Git repository, such as `deploy`; its root by default. */
  readonly pathPrefix?: string;
}

export function renderFaultsAsSarif(
  faults: readonly Fault[],
  readSource: ReadSource,
  { version, pathPrefix = '' }: SarifOptions,
): string {
  const reports = reportFaults(faults, readSource);
  const codes = [...new Set(reports.map(({ code }) => code))].toSorted() as FaultCode[];
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Tarsier',
            version,
            rules: codes.map((id) => ({
              id,
              shortDescription: { text: faultCodes[id].meaning },
              help: { text: faultCodes[id].remedy },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: reports.map((report) => ({
          ruleId: report.code,
          ruleIndex: codes.indexOf(report.code as FaultCode),
          level: report.severity,
          message: { text: messageOf(report) },
          locations: [location(report, pathPrefix)],
          ...(report.related === undefined
            ? {}
            : {
                relatedLocations: report.related.map((other, id) => ({
                  id,
                  ...location(other, pathPrefix),
                  message: { text: other.message },
                })),
              }),
        })),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

/** All that a fault says, for readers that have one field for it. */
export function messageOf({ message, suggestion, hint }: FaultReport): string {
  return [message, suggestion, hint].filter((part) => part !== undefined).join('\n');
}

/** `path` as it is named from the root of the Git repository. */
export function prefixPath(path: string, pathPrefix: string): string {
  return pathPrefix === '' ? path : `${pathPrefix.replace(/\/+$/, '')}/${path}`;
}

function location(place: PlaceReport, pathPrefix: string) {
  const parts = prefixPath(place.path, pathPrefix).split('/');
  const uri = parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/');
  const region =
    place.line === undefined
      ? {}
      : {
          region: {
            startLine: place.line,
            startColumn: place.column,
            endLine: place.endLine,
            endColumn: place.endColumn,
          },
        };
  return { physicalLocation: { artifactLocation: { uri }, ...region } };
}
