import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { encryptValue } from '../../../cli/secret/encrypt-value.ts';
import { SupervisorLab } from '../../support/agent/supervisor-lab.ts';
import { servant, target } from '../../support/agent/targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const run = promisify(execFile);
const tarsctl = fileURLToPath(new URL('../../../bin/tarsctl.js', import.meta.url));

async function keygen(file: string): Promise<string> {
  const { stdout } = await run(process.execPath, [tarsctl, 'secret', 'keygen', file]);
  return stdout.trim();
}

const service = 'Demo.FakeServer';
const secretText = 'open-sesame-1729';

const guarded = (ciphertext: string) => {
  const secretKey = { secret: 'keys', key: 'fake', ciphertext };
  const auth = { accessKey: 'me', secretKey };
  return target({
    service,
    type: 'tars-go',
    env: { FAKE_BEATS: 'named' },
    servants: [servant('AObj', { protocol: 'tars', auth })],
    calls: [{ object: 'Pay.PayServer.PayObj', auth }],
  });
};

/** Every file below a folder that holds the text. */
function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, 'latin1').includes(text));
}

describe('a secret of a service', () => {
  test('is in plain text in its configuration alone, readable by its user alone', async () => {
    const lab = await SupervisorLab.open();
    lab.installService(service);
    const publicKey = await keygen(join(lab.dataDir, 'secrets.key'));
    const logged: string[] = [];
    const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
    const reports: string[] = [];
    const onObserved = (observed: unknown): void => void reports.push(JSON.stringify(observed));
    const wish = guarded(await encryptValue(secretText, [publicKey]));
    await lab.start([wish], { logger, onObserved });
    await lab.until(service, ({ phase }) => phase === 'running');
    const conf = lab.path(service, 'conf', `${service}.config.conf`);
    const text = readFileSync(conf, 'utf8');
    expect(text).toMatch(/endpoint=tcp -h 127\.0\.0\.1 -p \d+ -t 60000 -e 1\n/);
    expect(text).toContain(`        accesskey=me\n        secretkey=${secretText}\n`);
    expect(text.match(new RegExp(secretText, 'g'))).toHaveLength(2);
    expect(filesWith(lab.dataDir, secretText)).toEqual([conf]);
    expect(statSync(conf).mode & 0o777).toBe(0o600);
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join('')).not.toContain(secretText);
    expect(reports.join('')).not.toContain(secretText);
    expect(JSON.stringify(lab.supervisor.observed())).not.toContain(secretText);
  });

  test('that was replaced stays in the copy of the configuration before, for its user alone', async () => {
    const lab = await SupervisorLab.open();
    lab.installService(service);
    const publicKey = await keygen(join(lab.dataDir, 'secrets.key'));
    const first = guarded(await encryptValue('first-1', [publicKey]));
    await lab.start([first]);
    const { pid } = await lab.until(service, ({ phase }) => phase === 'running');
    const second = guarded(await encryptValue('second-2', [publicKey]));
    lab.supervisor.setTargets([second]);
    await lab.until(service, (seen) => seen.phase === 'running' && seen.pid !== pid);
    const previous = lab.path(service, 'conf', `${service}.config.conf.bak`);
    expect(readFileSync(previous, 'utf8')).toContain('secretkey=first-1\n');
    expect(statSync(previous).mode & 0o777).toBe(0o600);
  });

  test('without a key is a problem that says how to make one; the start follows once it is there', async () => {
    const lab = await SupervisorLab.open();
    lab.installService(service);
    const elsewhere = join(temporaryFolder(), 'key');
    const publicKey = await keygen(elsewhere);
    await lab.start([guarded(await encryptValue(secretText, [publicKey]))]);
    const seen = await lab.until(service, ({ reason }) => reason === 'SecretKeyMissing');
    const file = join(lab.dataDir, 'secrets.key');
    expect(seen.message).toContain(`tarsctl secret keygen ${file}`);
    // The wrong key first.
    const wrong = await keygen(file);
    const unread = await lab.until(service, ({ reason }) => reason === 'SecretUnreadable');
    expect(unread.message).toContain(`not encrypted for this machine (${wrong})`);
    rmSync(file);
    writeFileSync(file, readFileSync(elsewhere));
    await lab.until(service, ({ phase }) => phase === 'running');
  });

  test.each(['two\nlines', 'a blank', 'ends>', 'back\\slash', 'café'])(
    'that libraries would read differently (%j) is refused',
    async (value) => {
      const lab = await SupervisorLab.open();
      lab.installService(service);
      const publicKey = await keygen(join(lab.dataDir, 'secrets.key'));
      await lab.start([guarded(await encryptValue(value, [publicKey]))]);
      const seen = await lab.until(service, ({ phase }) => phase === 'failed');
      expect(seen.reason).toBe('SecretUnfit');
      expect(seen.message).not.toContain(value);
    },
  );
});

describe('tarsctl secret', () => {
  test('keygen keeps the key to its owner, and never replaces one', async () => {
    const file = join(temporaryFolder(), 'deep', 'key');
    const publicKey = await keygen(file);
    expect(publicKey).toMatch(/^age1[0-9a-z]+$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = readFileSync(file, 'utf8');
    await expect(keygen(file)).rejects.toThrow('A key is there already');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('encrypt takes the value from standard input and prints what a Secret object holds', async () => {
    const publicKey = await keygen(join(temporaryFolder(), 'key'));
    const child = run(process.execPath, [tarsctl, 'secret', 'encrypt', '-r', publicKey]);
    child.child.stdin?.end(`${secretText}\n`);
    const { stdout } = await child;
    expect(stdout).toMatch(
      /^-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3Yx[A-Za-z0-9+/=\n]+\n-----END AGE ENCRYPTED FILE-----\n$/,
    );
    expect(stdout).not.toContain(secretText);
  });

  test('encrypt refuses what is no public key, and nothing at all', async () => {
    await expect(encryptValue('x', ['age1nonsense'])).rejects.toThrow('is not a public key of age');
    await expect(encryptValue('', [])).rejects.toThrow('nothing to encrypt');
  });
});
