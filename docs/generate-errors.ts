/** Writes `docs/errors.md`: a row for each fault code and each error code. */

import { writeFileSync } from 'node:fs';
import { errorCodes } from '../errors/codes.ts';
import { faultCodes } from '../spec/fault-codes.ts';

const consequences = {
  transient: 'passes by itself, or is tried again',
  terminal: 'stays until the spec or the operator changes something',
  defect: 'a defect of Tarsier',
} as const;

const opening = `# Errors and faults

Generated from \`errors/codes/\` and \`spec/fault-codes.ts\` by \`npm run generate:docs\`: edit those instead.

Every error and every fault has a code. Codes are never reused and never change their meaning, so scripts and
alerts may rely on them.
`;

const faultsOpening = `## Faults of a repository

What \`tarsctl validate\`, the plan of a pull request, and the status of the source report. A fault names file, line
and column, and holds back the object that it stands in and what depends on that object; everything else goes on.
`;

const errorsOpening = `## Errors of commands and services

What a command ends with, and what conditions, events and logs carry as a reason.
`;

/** The text of `docs/errors.md`. */
export function generateErrors(): string {
  const faults = Object.entries(faultCodes)
    .toSorted(byCode)
    .map(([code, { meaning, remedy }]) => `### ${code}\n\n${meaning}\n\n**What to do:** ${remedy}\n`);
  const errors = Object.entries(errorCodes)
    .toSorted(byCode)
    .map(
      ([code, { consequence, meaning, remedy }]) =>
        `### ${code}\n\n${meaning} *(${consequence}: ${consequences[consequence]})*\n\n**What to do:** ${remedy}\n`,
    );
  return [opening, faultsOpening, ...faults, errorsOpening, ...errors].join('\n');
}

function byCode([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

if (import.meta.main) {
  writeFileSync(new URL('errors.md', import.meta.url), generateErrors());
  console.log('docs/errors.md written.');
}
