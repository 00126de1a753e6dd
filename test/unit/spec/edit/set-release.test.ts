import { describe, expect, it } from 'vitest';
import { setRelease } from '../../../../spec/edit/set-release.ts';

const release = { version: '2.0', digest: `sha256:${'a'.repeat(64)}` };

const file = `# The shop.
apiVersion: tarsier/v1
kind: Service
metadata: { name: Shop.Other }
spec: { release: { package: Shop.Other, version: "1.0" } }
---
apiVersion: tarsier/v1
kind: Service   # carts
metadata:
  name: Shop.CartServer
spec:
  release:
    package: Shop.CartServer
    version:   '1.0'      # raised by the build
  placement: [{ nodes: [  n1 ] }]
`;

describe('the release of a service', () => {
  it('is changed where it stands, and every other byte stays', () => {
    expect(setRelease(file, 'Shop.CartServer', release)).toEqual({
      kind: 'edited',
      text: file.replace(`'1.0'      # raised`, `"2.0"      # raised`),
    });
  });

  it('of another document of the file is found by its name', () => {
    expect(setRelease(file, 'Shop.Other', release)).toEqual({
      kind: 'edited',
      text: file.replace('version: "1.0" }', 'version: "2.0" }'),
    });
  });

  it('has its digest changed where one is pinned', () => {
    const pinned = file.replace(
      "version:   '1.0'",
      `digest: sha256:${'b'.repeat(64)}\n    version: '1.0'`,
    );
    expect(setRelease(pinned, 'Shop.CartServer', release)).toEqual({
      kind: 'edited',
      text: pinned
        .replace(`sha256:${'b'.repeat(64)}`, `"${release.digest}"`)
        .replace("version: '1.0'", 'version: "2.0"'),
    });
  });

  it('that is in force already needs no commit', () => {
    expect(setRelease(file, 'Shop.CartServer', { ...release, version: '1.0' })).toEqual({
      kind: 'same',
    });
  });

  it.each([
    ['a file without the service', file, 'Shop.Gone', 'holds no Service Shop.Gone any more'],
    ['an empty file', '', 'Shop.CartServer', 'holds no Service Shop.CartServer any more'],
    ['a file with a fault', 'kind: [', 'Shop.CartServer', 'is no valid YAML'],
    [
      'a service of the machine',
      'kind: Service\nmetadata: { name: A.B }\nspec: {}\n',
      'A.B',
      'has no release.version to set',
    ],
  ])('is not guessed in %s', (_name, text, service, reason) => {
    expect(setRelease(text, service, release)).toEqual({ kind: 'impossible', reason });
  });
});
