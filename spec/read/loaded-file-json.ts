/** A loaded file ↔ JSON, so that it can be cached on disk by blob id, whatever path it stands at. */

import { createHash } from 'node:crypto';
import { kindSchemas } from '../../schemas/kinds.ts';
import type { Fault, FaultPlace } from '../fault.ts';
import type { LoadedFile, LoadedObject } from '../repository.ts';

/** To be raised whenever the same bytes and schemas give another result. */
const readerVersion = 1;

/** Names everything that a loaded file depends on besides its bytes: part of a cache's key. */
export const loaderVersion = `${readerVersion}-${createHash('sha256')
  .update(JSON.stringify(kindSchemas))
  .digest('hex')
  .slice(0, 16)}`;

interface CachedFile {
  readonly loader: string;
  readonly objects: readonly (Omit<LoadedObject, 'path'> & { readonly path?: undefined })[];
  readonly broken: LoadedFile['broken'];
  readonly unreadable: boolean;
  readonly faults: readonly Fault[];
}

export function encodeLoadedFile(file: LoadedFile): string {
  const { objects, broken, unreadable, faults } = file;
  const cached: CachedFile = {
    loader: loaderVersion,
    // Undefined fields are left out of JSON: the path comes back from whoever asks.
    objects: objects.map((object) => ({ ...object, path: undefined })),
    broken,
    unreadable,
    faults,
  };
  return JSON.stringify(cached);
}

/** `undefined` when the text was written by another version, or is damaged: load the file again. */
export function decodeLoadedFile(
  json: string,
  { path, blobId }: { readonly path: string; readonly blobId: string },
): LoadedFile | undefined {
  let cached: Partial<CachedFile> | null;
  try {
    cached = JSON.parse(json) as Partial<CachedFile> | null;
  } catch {
    return undefined;
  }
  if (cached?.loader !== loaderVersion) return undefined;
  const { objects, broken, unreadable, faults } = cached as CachedFile;
  return {
    path,
    blobId,
    objects: objects.map((object) => ({ ...object, path })),
    broken,
    unreadable,
    faults: faults.length === 0 ? faults : faults.map((fault) => moveFault(fault, path)),
  };
}

/** A file's own faults speak of no other file. */
function moveFault(fault: Fault, path: string): Fault {
  const move = (place: FaultPlace): FaultPlace => ({ ...place, path });
  const related = fault.related?.map(({ place, message }) => ({ place: move(place), message }));
  return { ...fault, place: move(fault.place), ...(related === undefined ? {} : { related }) };
}
