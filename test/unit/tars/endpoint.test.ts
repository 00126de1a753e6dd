import { fc } from '../../support/seeded-property.ts';
import { describe, expect, it } from 'vitest';
import { endpointDefaults, type Endpoint } from '../../../tars/endpoint/endpoint.ts';
import { parseObjectAddress, printObjectAddress } from '../../../tars/endpoint/object-address.ts';
import { parseEndpoint, parseEndpointList } from '../../../tars/endpoint/parse-endpoint.ts';
import {
  printAddress,
  printEndpoint,
  printEndpointList,
} from '../../../tars/endpoint/print-endpoint.ts';

const plain: Endpoint = { ...endpointDefaults, protocol: 'tcp', host: '10.0.0.1', port: 9000 };

describe('an endpoint string', () => {
  it.each<[name: string, text: string, expected: Partial<Endpoint>]>([
    ['host and port alone get the defaults', 'tcp -h 10.0.0.1 -p 9000', { timeoutMs: 3_000 }],
    ['a timeout', 'tcp -h 10.0.0.1 -p 9000 -t 60000', { timeoutMs: 60_000 }],
    [
      'flags in any order, spaces of any number',
      ' tcp  -t 5 -p 9000\t-h 10.0.0.1 ',
      { timeoutMs: 5 },
    ],
    ['udp', 'udp -h 10.0.0.1 -p 9000', { protocol: 'udp' }],
    ['ssl', 'ssl -h 10.0.0.1 -p 9000', { protocol: 'ssl' }],
    ['every address', 'tcp -h * -p 9000', { host: '0.0.0.0' }],
    ['IPv6', 'tcp -h fe80::1 -p 9000', { host: 'fe80::1' }],
    ['port 0', 'tcp -h 10.0.0.1 -p 0', { port: 0 }],
    ['grid and qos', 'tcp -h 10.0.0.1 -p 9000 -g 3 -q 2', { grid: 3, qos: 2 }],
    ['authentication', 'tcp -h 10.0.0.1 -p 9000 -e 1', { authType: 1 }],
    ['a weight without a type does not count', 'tcp -h 10.0.0.1 -p 9000 -w 50', { weight: -1 }],
    [
      'a type without a weight is 100',
      'tcp -h 10.0.0.1 -p 9000 -v 1',
      { weight: 100, weightType: 1 },
    ],
    [
      'a weight above 100 is 100',
      'tcp -h 10.0.0.1 -p 9000 -w 300 -v 1',
      { weight: 100, weightType: 1 },
    ],
    ['weight and type', 'tcp -h 10.0.0.1 -p 9000 -w 0 -v 1', { weight: 0, weightType: 1 }],
    [
      'a negative weight is none',
      'tcp -h 10.0.0.1 -p 9000 -w -1 -v 1',
      { weight: 100, weightType: 1 },
    ],
    ['the bind host of Go', 'tcp -h 10.0.0.1 -b 0.0.0.0 -p 9000', { bindHost: '0.0.0.0' }],
    ['a set', 'tcp -h 10.0.0.1 -p 9000 -s a.b.*', { setId: 'a.b.*' }],
    ['unknown flags with and without values', 'tcp -c old -h 10.0.0.1 -x -p 9000 --more 5', {}],
  ])('%s', (_name, text, expected) => {
    expect(parseEndpoint(text)).toEqual({ ok: true, value: { ...plain, ...expected } });
  });

  it.each([
    ['nothing', '', 'write tcp, udp or ssl first'],
    ['an unknown protocol', 'http -h a -p 1', 'it begins with "http"'],
    ['no host', 'tcp -p 9000', 'it has no host'],
    ['an empty host', 'tcp -h -p 9000', 'it has no host'],
    ['no port', 'tcp -h a', 'it has no port'],
    ['a port that is too large', 'tcp -h a -p 65536', 'port 65536 is not between 0 and 65535'],
    ['a negative port', 'tcp -h a -p -5', 'port -5 is not between'],
    ['a port that is no number', 'tcp -h a -p 90x', '-p 90x is no number'],
    ['a port without a value', 'tcp -h a -p', '-p has no value'],
    ['a timeout beyond 32 bits', 'tcp -h a -p 1 -t 99999999999', '-t 99999999999 is no number'],
  ])('with %s is a fault, not an exception', (_name, text, problem) => {
    const parsed = parseEndpoint(text);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.fault).toContain(problem);
  });

  it.each([
    ['the order that PHP relies on', 'tcp -h 127.0.0.1 -p 19386 -t 3000'],
    ['all flags', 'ssl -h a -p 1 -t 5 -g 1 -q 2 -w 30 -v 1 -e 1 -b 0.0.0.0 -s a.b.c'],
  ])('is printed in %s', (_name, text) => {
    const parsed = parseEndpoint(text);
    expect(parsed.ok && printEndpoint(parsed.value)).toBe(text);
  });

  it('that was printed is parsed to the same endpoint, alone and in a list', () => {
    const int = fc.integer({ min: -1_000, max: 1_000_000 });
    const word = fc
      .stringMatching(/^[a-z0-9.:*_-]*[a-z0-9]$/)
      .filter((text) => !/^-|tcp|udp|ssl/.test(text));
    const weights = fc.oneof(
      fc.constant({ weight: -1, weightType: 0 }),
      fc.record({ weight: fc.integer({ min: 0, max: 100 }), weightType: fc.constantFrom(1, 2) }),
    );
    const rest = fc.record({
      protocol: fc.constantFrom('tcp', 'udp', 'ssl'),
      host: word,
      port: fc.integer({ min: 0, max: 65_535 }),
      timeoutMs: int,
      grid: int,
      qos: int,
      authType: fc.constantFrom(0, 1),
      bindHost: fc.oneof(fc.constant(''), word),
      setId: fc.oneof(fc.constant(''), word),
    });
    const endpoint = fc.tuple(rest, weights).map(([one, weight]) => ({ ...one, ...weight }));
    fc.assert(
      fc.property(fc.array(endpoint, { minLength: 1, maxLength: 4 }), (endpoints) => {
        expect(parseEndpointList(printEndpointList(endpoints))).toEqual({
          ok: true,
          value: endpoints,
        });
      }),
    );
  });

  it('of any text never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseObjectAddress(`x@tcp -h ${text}`).ok).toBeTypeOf('boolean');
        expect(parseEndpoint(text).ok).toBe(false);
      }),
    );
  });

  it('is printed without its timeout for locators', () => {
    expect(printAddress(plain)).toBe('tcp -h 10.0.0.1 -p 9000');
  });
});

describe('a list of endpoints', () => {
  it('is split where a protocol begins, so that IPv6 hosts stay whole', () => {
    const text = 'tcp -h fe80::1 -p 1 -t 3000:udp -h b -p 2 -t 3000:ssl -h ::1 -p 3 -t 3000';
    const parsed = parseEndpointList(text);
    expect(parsed.ok && parsed.value.map(({ host }) => host)).toEqual(['fe80::1', 'b', '::1']);
    expect(parsed.ok && printEndpointList(parsed.value)).toBe(text);
  });

  it('may have spaces around the colons, and may be empty', () => {
    const parsed = parseEndpointList('tcp -h a -p 1 : tcp -h b -p 2');
    expect(parsed.ok && parsed.value.map(({ port }) => port)).toEqual([1, 2]);
    expect(parseEndpointList(' ')).toEqual({ ok: true, value: [] });
  });

  it('names the endpoint that is wrong', () => {
    const parsed = parseEndpointList('tcp -h a -p 1:tcp -h b');
    expect(!parsed.ok && parsed.fault).toContain('"tcp -h b"');
  });
});

describe('an object string', () => {
  it.each([
    ['to be looked up', 'Shop.CartServer.CartObj', 0],
    ['with one endpoint', 'tars.tarsnode.ServerObj@tcp -h 127.0.0.1 -p 19386 -t 3000', 1],
    ['with two', 'a.b.C@tcp -h a -p 1 -t 3000:tcp -h b -p 2 -t 3000', 2],
  ])('%s', (_name, text, count) => {
    const parsed = parseObjectAddress(text);
    expect(parsed.ok && parsed.value.endpoints).toHaveLength(count);
    expect(parsed.ok && printObjectAddress(parsed.value)).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['no name', '@tcp -h a -p 1'],
    ['no endpoint after the @', 'a.b.C@'],
    ['a wrong endpoint', 'a.b.C@tcp -h a'],
    ['a space in the name', 'a b@tcp -h a -p 1'],
  ])('with %s is a fault', (_name, text) => {
    expect(parseObjectAddress(text).ok).toBe(false);
  });
});
