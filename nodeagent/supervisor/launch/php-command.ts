/**
 * Starts a PHP service. Its own `stop` kills every process of that name on the machine at once, so
 * that it is not used: swoole ends its requests when it gets SIGTERM.
 */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { Launch, LaunchSource } from './launch.ts';
import { execLine } from './quote.ts';

export function phpCommand({ content, bin, conf, keys }: LaunchSource): Launch {
  const named = keys.get('entrance');
  const entrance = named === undefined ? join(bin, 'src', 'index.php') : resolve(bin, named);
  if (!existsSync(entrance)) {
    throw new TarsierError(
      'AGENT_START_UNKNOWN',
      `Cannot start ${content.service}: its package has no ${entrance}. Name its first file with the template key "entrance", or set run.start.`,
    );
  }
  return {
    command: execLine([keys.get('php') ?? 'php', entrance, `--config=${conf}`]),
    beats: 'library',
    admin: false,
    stopSignal: 'SIGTERM',
  };
}
