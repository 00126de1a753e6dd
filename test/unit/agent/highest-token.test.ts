/** The greatest fencing number that an agent was told outlives the agent. */

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HighestToken } from '../../../nodeagent/state/highest-token.ts';
import { silentLogger } from '../../support/agent/agent-lab.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

it('only grows, and is on the disk', () => {
  const path = join(temporaryFolder(), 'token');
  const token = new HighestToken(path, silentLogger);
  expect(token.value).toBeUndefined();
  token.told(undefined);
  token.told(7);
  const written = statSync(path).ino;
  token.told(5);
  token.told(7);
  expect(statSync(path).ino).toBe(written);
  expect(new HighestToken(path, silentLogger).value).toBe(7);
});

it('is not believed when the file is damaged', () => {
  const path = join(temporaryFolder(), 'token');
  new HighestToken(path, silentLogger).told(7);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/7\n$/, '9\n'));
  const token = new HighestToken(path, silentLogger);
  expect(token.value).toBeUndefined();
  token.told(3);
  expect(new HighestToken(path, silentLogger).value).toBe(3);
});
