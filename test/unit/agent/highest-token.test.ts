/** The greatest fencing numbers that an agent was told outlive the agent. */

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HighestToken } from '../../../nodeagent/state/highest-token.ts';
import { silentLogger } from '../../support/agent/agent-lab.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const open = (path: string) => new HighestToken(path, silentLogger);

it('only grows, and is what registries before this one gave out', () => {
  const path = join(temporaryFolder(), 'token');
  const token = open(path);
  token.enter('first');
  token.told(undefined);
  token.told(7);
  const written = statSync(path).ino;
  token.told(5);
  token.enter('first');
  expect(statSync(path).ino).toBe(written);
  expect(token.before).toBeUndefined();

  const later = open(path);
  later.enter('second');
  expect(later.before).toBe(7);
  // Its own numbers are no news to the registry that gave them out.
  later.told(90);
  later.enter('second');
  expect(open(path).before).toBe(7);
  later.enter('third');
  expect(open(path).before).toBe(90);
});

it('is not believed when the file is damaged', () => {
  const path = join(temporaryFolder(), 'token');
  open(path).told(7);
  writeFileSync(path, readFileSync(path, 'utf8').replace('7}', '9}'));
  const token = open(path);
  token.enter('next');
  expect(token.before).toBeUndefined();
  token.told(3);
  token.enter('last');
  expect(open(path).before).toBe(3);
});
