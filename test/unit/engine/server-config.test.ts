import { expect, test } from 'vitest';
import { renderServerConfig } from '../../../replica/drivers/jetstream/server/server-config.ts';
import type { ServerSettings } from '../../../replica/drivers/jetstream/server/server-settings.ts';
import { expectGolden } from '../../support/golden.ts';

const files = { ca: '/d/ca.pem', cert: '/d/cert.pem', key: '/d/key.pem' };
const alone: ServerSettings = {
  serverName: 'a',
  listen: { host: '127.0.0.1', port: 7_422 },
  tls: { ca: 'CA', cert: 'CERT', key: 'KEY' },
  client: { user: 'tarsier', password: 'client-secret' },
  system: { user: 'tarsier-system', password: 'system-secret' },
  storeDir: '/var/lib/tarsier/engine/store-alone',
  storeBytesMax: 1_073_741_824,
  logFile: '/var/lib/tarsier/engine/nats-server.log',
};
const member: ServerSettings = {
  ...alone,
  listen: { host: '0.0.0.0', port: 7_422 },
  advertise: { host: 'fd00::1', port: 7_422 },
  cluster: {
    name: 'prod',
    listen: { host: '0.0.0.0', port: 7_423 },
    advertise: { host: 'fd00::1', port: 7_423 },
    routes: [
      { host: 'fd00::1', port: 7_423 },
      { host: 'b.example.com', port: 7_423 },
      { host: '10.0.0.3', port: 7_423 },
    ],
    routeUser: { user: 'tarsier-route', password: 'route-secret' },
  },
  monitorPort: 8_222,
};

test('a member alone', () => expectGolden('engine/alone.conf', renderServerConfig(alone, files)));
test('a member of three', () =>
  expectGolden('engine/member.conf', renderServerConfig(member, files)));

test('a path is quoted', () => {
  const text = renderServerConfig({ ...alone, storeDir: '/a "b" \\c' }, files);
  expect(text).toContain('store_dir: "/a \\"b\\" \\\\c"');
});

test.each(['$2a$11$bcrypt', 'with space', 'quo"te', 'per%cent', 'new\nline', ''])(
  'the password %j, which would mean something else there, is refused',
  (password) => {
    const client = { user: 'u', password };
    expect(() => renderServerConfig({ ...alone, client }, files)).toThrow(/has characters beyond/);
  },
);

test('a path cannot end its line', () => {
  expect(() => renderServerConfig({ ...alone, storeDir: '/a\nhttp: 80' }, files)).toThrow(
    /control character/,
  );
});
