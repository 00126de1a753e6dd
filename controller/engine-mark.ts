/** Says which engine a data folder belongs to, so that no member of a cluster is started alone by mistake. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { TarsierError } from '../errors/tarsier-error.ts';
import { syncDirectory } from '../replica/drivers/embedded/sync-directory.ts';

export type EngineMark =
  | { readonly engine: 'embedded' }
  | { readonly engine: 'jetstream'; readonly cluster: string; readonly member: string };

const fileName = 'engine.json';

/** `undefined` for a folder without stores. Folders of older versions have no mark: they are embedded. */
export function readEngineMark(dataDir: string): EngineMark | undefined {
  const file = join(dataDir, fileName);
  if (!existsSync(file)) {
    return existsSync(join(dataDir, 'registry', 'log.db')) ? { engine: 'embedded' } : undefined;
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as EngineMark;
  } catch (cause) {
    throw new TarsierError(
      'ENGINE_OTHER',
      `Cannot read ${file}, which says whether the data folder belongs to a cluster. Restore it from a backup.`,
      { cause },
    );
  }
}

export async function writeEngineMark(dataDir: string, mark: EngineMark): Promise<void> {
  await writeFile(join(dataDir, fileName), `${JSON.stringify(mark)}\n`, {
    flush: true,
    mode: 0o600,
  });
  await syncDirectory(dataDir);
}

/** `ENGINE_OTHER` when the folder belongs to another engine; marks an empty one. */
export async function claimForEngine(dataDir: string, wanted: EngineMark): Promise<void> {
  const mark = readEngineMark(dataDir);
  const isOther = mark !== undefined && JSON.stringify(mark) !== JSON.stringify(wanted);
  if (!isOther) {
    refuseHalfMoved(dataDir, wanted);
    return mark === undefined ? writeEngineMark(dataDir, wanted) : undefined;
  }
  throw new TarsierError(
    'ENGINE_OTHER',
    `The data folder ${dataDir} ${describe(mark)}, and this controller ${describe(wanted)}.`,
    {
      hint:
        wanted.engine === 'jetstream' && mark.engine === 'embedded'
          ? 'Move it with: tarsctl migrate-engine --to jetstream --cluster FILE. Other members start with an empty data folder.'
          : 'Start it with the --cluster FILE that it had, or move it with: tarsctl migrate-engine --to embedded.',
      details: { dataDir, mark, wanted },
    },
  );
}

/** A log in the place of the other engine: starting would begin an empty one beside it. */
function refuseHalfMoved(dataDir: string, { engine }: EngineMark): void {
  for (const store of ['registry', 'patch']) {
    const other = engine === 'embedded' ? join(store, 'copy') : store;
    if (!existsSync(join(dataDir, other, 'log.db'))) continue;
    if (engine === 'jetstream' && readEngineMark(dataDir)?.engine === 'embedded') continue;
    throw new TarsierError(
      'ENGINE_OTHER',
      `The move of ${dataDir} to another engine was broken off: ${join(dataDir, other)} has not been moved.`,
      { hint: 'Run the same tarsctl migrate-engine again: it goes on where it stopped.' },
    );
  }
}

function describe(mark: EngineMark): string {
  return mark.engine === 'embedded'
    ? 'belongs to a controller that is alone'
    : `belongs to member ${mark.member} of cluster ${mark.cluster}`;
}
