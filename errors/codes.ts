/**
 * The closed registry of error codes, a table for each part in `errors/codes/`. Codes are never
 * reused; `docs/errors.md` has a row for each, and a test compares the two. Faults of a repository
 * are in `spec/fault-codes.ts`.
 */

import { agentCodes } from './codes/agent.ts';
import { apiCodes } from './codes/api.ts';
import { clusterCodes } from './codes/cluster.ts';
import { backupCodes } from './codes/backup.ts';
import { generalCodes } from './codes/general.ts';
import { linkCodes } from './codes/link.ts';
import { packagesCodes } from './codes/packages.ts';
import { replicaCodes } from './codes/replica.ts';
import { servantsCodes } from './codes/servants.ts';
import { sourceCodes } from './codes/source.ts';
import { tarsCodes } from './codes/tars-codes.ts';
import type { ErrorRow } from './error-row.ts';

const rows = {
  ...generalCodes,
  ...replicaCodes,
  ...clusterCodes,
  ...backupCodes,
  ...apiCodes,
  ...packagesCodes,
  ...sourceCodes,
  ...linkCodes,
  ...agentCodes,
  ...tarsCodes,
  ...servantsCodes,
};

export type ErrorCode = keyof typeof rows;

export const errorCodes: Readonly<Record<ErrorCode, ErrorRow>> = rows;
