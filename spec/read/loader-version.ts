/** Names everything that a loaded file depends on besides its bytes: part of the key of a cache. */

import { createHash } from 'node:crypto';
import { kindSchemas } from '../../schemas/kinds.ts';

/** To be raised whenever the same bytes and schemas give another result. */
const readerVersion = 2;

/** A loaded file is plain data: it may be kept as JSON under this version and its blob id. */
export const loaderVersion = `${readerVersion}-${createHash('sha256')
  .update(JSON.stringify(kindSchemas))
  .digest('hex')
  .slice(0, 16)}`;
