import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLastWords } from '../../../nodeagent/output/last-words.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function outputOf(text: string): string {
  const folder = join(temporaryFolder(), 'log');
  mkdirSync(folder);
  writeFileSync(join(folder, 'output.0.log'), text);
  return readLastWords(folder, 0);
}

test('the error is told, not where in the program it came from', () => {
  const output = `listening
TypeError: handleImp is not a function
    at Object.<anonymous> (/srv/server.js:3:1)
    at async node:internal/modules/esm/loader:647:26

Node.js v24.21.0
`;
  expect(outputOf(output)).toBe('listening | TypeError: handleImp is not a function');
});

test('what is nothing else is told as it is', () => {
  expect(outputOf('at the door\n')).toBe('at the door');
  expect(outputOf('')).toBe('');
});
