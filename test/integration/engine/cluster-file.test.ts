import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  parseClusterFile,
  readClusterFile,
  type ClusterFile,
} from '../../../controller/cluster/cluster-file.ts';
import { createCluster, type CreatedCluster } from '../../../controller/cluster/create-cluster.ts';
import { tarsctl } from '../../support/e2e/tarsctl.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const now = new Date('2026-01-31T12:00:00Z');
const ports = { apiPort: 7_400, enginePort: 7_422, routePort: 7_423 };
let cluster: CreatedCluster;
let other: CreatedCluster;
let file: ClusterFile;

beforeAll(async () => {
  const members = [
    { name: 'a', host: '10.0.0.1', ...ports },
    { name: 'b', host: 'b.example.com', ...ports },
    { name: 'c', host: 'fd00::1', ...ports },
  ];
  cluster = await createCluster('prod', members, now);
  other = await createCluster('prod', members, now);
  file = cluster.files[0]!;
});

const parse = (value: unknown, at = now) =>
  parseClusterFile(JSON.stringify(value), '/etc/tarsier/cluster.json', at);

function faultsOf(value: unknown, at = now): readonly string[] {
  try {
    parse(value, at);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CLUSTER_FILE_INVALID' });
    return (error as { details: { faults: string[] } }).details.faults;
  }
  return [];
}

test('what was made is read again, for each form of host', () => {
  for (const made of cluster.files) expect(parse(made)).toEqual(made);
});

test('members share everything but their names and certificates, and no secret is used twice', () => {
  const { engine, tokens, peerToken } = file;
  const secrets = [
    engine.password,
    engine.systemPassword,
    engine.routePassword,
    peerToken,
    ...Object.values(tokens),
  ];
  expect(new Set(secrets).size).toBe(8);
  expect(cluster.files.map(({ peerToken: token }) => token)).toEqual(
    Array.from({ length: 3 }, () => peerToken),
  );
  expect(new Set(cluster.files.map(({ tls }) => tls.key)).size).toBe(3);
});

describe('faults', () => {
  test.each<[name: string, change: () => unknown, fault: RegExp]>([
    ['another format', () => ({ ...file, format: 'x' }), /format must be equal to constant/],
    ['an unknown field', () => ({ ...file, extra: 1 }), /additional properties \(extra\)/],
    ['a missing field', () => ({ ...file, peerToken: undefined }), /'peerToken'/],
    ['a short token', () => ({ ...file, peerToken: 'short' }), /\/peerToken must match/],
    ['no members', () => ({ ...file, members: [] }), /fewer than 1/],
    ['not one of the members', () => ({ ...file, member: 'z' }), /z is not in the list/],
    [
      'a port out of range',
      () => ({ ...file, members: [{ ...file.members[0], apiPort: 70_000 }] }),
      /apiPort must be <= 65535/,
    ],
    [
      'a name twice',
      () => ({ ...file, members: [...file.members, { ...file.members[0], host: 'x' }] }),
      /member a is there twice/,
    ],
    [
      'an address twice',
      () => ({ ...file, members: [...file.members, { ...file.members[0], name: 'd' }] }),
      /10\.0\.0\.1:7422 is there twice/,
    ],
    [
      'one port for two things',
      () => ({ ...file, members: [{ ...file.members[0], routePort: 7_422 }] }),
      /10\.0\.0\.1:7422 is there twice/,
    ],
    [
      'the key of another member',
      () => ({ ...file, tls: { ...file.tls, key: cluster.files[1]!.tls.key } }),
      /tls\.key is not the key/,
    ],
    [
      'the certificate of another authority with the same name',
      () => ({ ...file, tls: { ...other.files[0]!.tls, ca: file.tls.ca } }),
      /not issued by tls\.ca/,
    ],
    [
      'the certificate of another member',
      () => ({ ...file, tls: cluster.files[1]!.tls }),
      /not for 10\.0\.0\.1/,
    ],
    [
      'no certificate',
      () => ({ ...file, tls: { ...file.tls, cert: '-----BEGIN X' } }),
      /cannot be read/,
    ],
    ['a list', () => [], /must be object/],
  ])('%s', (_name, change, fault) => expect(faultsOf(change()).join('; ')).toMatch(fault));

  test('a certificate that ran out, and a clock that is behind', () => {
    expect(faultsOf(file, new Date('2028-02-01')).join()).toMatch(/ran out on .*2028.*renew/);
    expect(faultsOf(file, new Date('2026-01-30')).join()).toMatch(/look at the clock/);
  });

  test('all are named at once, and no secret among them', () => {
    const damaged = { ...file, peerToken: 'my-secret!', member: '', members: [] };
    expect(faultsOf(damaged)).toHaveLength(3);
    expect(faultsOf(damaged).join()).not.toContain('my-secret!');
  });

  test('text that is no JSON is not repeated', () => {
    const read = () => parseClusterFile('{"peerToken": "my-secret!"', 'f', now);
    expect(read).toThrow(/it is not JSON/);
    expect(read).not.toThrow(/my-secret/);
  });
});

test('a file that others can read is refused, and one that is not there is named', async () => {
  const path = join(temporaryFolder(), 'a.json');
  await expect(readClusterFile(path)).rejects.toMatchObject({ code: 'CLUSTER_FILE_INVALID' });
  writeFileSync(path, JSON.stringify(file), { mode: 0o600 });
  expect(await readClusterFile(path, now)).toEqual(file);
  chmodSync(path, 0o640);
  await expect(readClusterFile(path, now)).rejects.toMatchObject({
    code: 'CLUSTER_FILE_UNSAFE',
    hint: `Run: chmod 600 ${path}`,
  });
});

describe('tarsctl cluster', () => {
  const init = (folder: string, ...members: string[]) =>
    tarsctl([
      'cluster',
      'init',
      '--name=prod',
      `--out=${folder}`,
      ...members.flatMap((member) => ['--member', member]),
    ]);
  const readAll = (folder: string) =>
    Promise.all(
      readdirSync(folder)
        .filter((name) => name.endsWith('.cluster.json'))
        .toSorted()
        .map((name) => readClusterFile(join(folder, name))),
    );

  test('init writes files that controllers read, and says what to do next', async () => {
    const folder = join(temporaryFolder(), 'prod');
    const { stdout, stderr, exitCode } = await init(
      folder,
      'a=10.0.0.1',
      'b=10.0.0.2',
      'c=h:1:2:3',
    );
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toContain(`scp ${folder}/b.cluster.json 10.0.0.2:/etc/tarsier/cluster.json`);
    expect((await readAll(folder)).map(({ member }) => member)).toEqual(['a', 'b', 'c']);
    for (const name of readdirSync(folder)) {
      expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([
        name,
        name === 'ca.pem' ? 0o644 : 0o600,
      ]);
    }
  });

  test('init keeps what is there, refuses what cannot work, and says why 2 are no better than 1', async () => {
    const folder = join(temporaryFolder(), 'prod');
    const two = await init(folder, 'a=10.0.0.1', 'b=10.0.0.2');
    expect([two.exitCode, two.stderr]).toEqual([0, expect.stringContaining('2n+1')]);
    const before = readFileSync(join(folder, 'ca.key'), 'utf8');
    expect((await init(folder, 'a=10.0.0.1')).stderr).toContain('it is not empty');
    expect(readFileSync(join(folder, 'ca.key'), 'utf8')).toBe(before);
    expect((await init(`${folder}2`, 'a=h', 'b=h')).stderr).toContain('h:7400 is there twice');
  });

  test('add-member names the new one everywhere, and leaves the others their keys', async () => {
    const folder = join(temporaryFolder(), 'prod');
    await init(folder, 'a=10.0.0.1', 'b=10.0.0.2', 'c=10.0.0.3');
    const before = await readAll(folder);
    const added = await tarsctl(['cluster', 'add-member', '--dir', folder, 'd=10.0.0.4']);
    expect([added.exitCode, added.stderr]).toEqual([0, expect.stringContaining('Use 3 or 5')]);
    const after = await readAll(folder);
    expect(after.map(({ members }) => members.map(({ name }) => name).join(''))).toEqual(
      Array.from({ length: 4 }, () => 'abcd'),
    );
    expect(after.slice(0, 3).map((one) => ({ ...one, members: [] }))).toEqual(
      before.map((one) => ({ ...one, members: [] })),
    );
    expect(after[3]).toMatchObject({ member: 'd', peerToken: before[0]?.peerToken });
    const again = await tarsctl(['cluster', 'add-member', '--dir', folder, 'd=10.0.0.5']);
    expect(again.stderr).toContain('member d is there twice');
  });

  test('renew gives new certificates of the same authority, also when an address has changed', async () => {
    const folder = join(temporaryFolder(), 'prod');
    await init(folder, 'a=10.0.0.1', 'b=10.0.0.2', 'c=10.0.0.3');
    const [before] = await readAll(folder);
    for (const name of ['a', 'b', 'c']) {
      const path = join(folder, `${name}.cluster.json`);
      writeFileSync(path, readFileSync(path, 'utf8').replace('"10.0.0.1"', '"10.0.0.9"'));
    }
    expect((await tarsctl(['cluster', 'renew', '--dir', folder])).exitCode).toBe(0);
    const [after] = await readAll(folder);
    expect(after?.tls.ca).toBe(before?.tls.ca);
    expect(after?.tls.cert).not.toBe(before?.tls.cert);
    expect(after?.members[0]?.host).toBe('10.0.0.9');
  });

  test('remove-member keeps the engine out of it on request, and never takes the last one', async () => {
    const folder = join(temporaryFolder(), 'prod');
    await init(folder, 'a=127.0.0.1:1:2:3', 'b=127.0.0.1:4:5:6');
    const remove = (name: string, ...more: string[]) =>
      tarsctl(['cluster', 'remove-member', '--dir', folder, name, ...more]);
    expect((await remove('z')).stderr).toContain('it is none of them');
    // Nothing listens there, so nothing is changed.
    expect((await remove('b')).stderr).toContain('ENGINE_NOT_READY');
    expect(await readAll(folder)).toHaveLength(2);
    expect((await remove('b', '--files-only')).exitCode).toBe(0);
    expect((await readAll(folder)).map(({ members }) => members.length)).toEqual([1]);
    expect((await remove('a', '--files-only')).stderr).toContain('it is the last one');
  });

  test('files of different clusters, or with one missing, are not changed', async () => {
    const [one, two] = [join(temporaryFolder(), 'one'), join(temporaryFolder(), 'two')];
    await init(one, 'a=10.0.0.1', 'b=10.0.0.2', 'c=10.0.0.3');
    await init(two, 'a=10.0.0.1');
    writeFileSync(join(one, 'ca.key'), readFileSync(join(two, 'ca.key')));
    writeFileSync(join(one, 'a.cluster.json'), readFileSync(join(two, 'a.cluster.json')));
    const { stderr, exitCode } = await tarsctl(['cluster', 'renew', '--dir', one]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/b\.cluster\.json does not agree with the others/);
    const nothing = await tarsctl(['cluster', 'renew', '--dir', temporaryFolder()]);
    expect(nothing.stderr).toMatch(/ca\.key/);
  });
});
