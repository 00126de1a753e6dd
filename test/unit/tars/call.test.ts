import { describe, expect, it } from 'vitest';
import {
  decodeArguments,
  decodeResult,
  encodeArguments,
  encodeResult,
  isParameterVersion,
} from '../../../tars/codec/call.ts';
import { decodeFields } from '../../../tars/codec/decode.ts';
import { encodeFields } from '../../../tars/codec/encode.ts';
import { defineInterface, param } from '../../../tars/codec/interface.ts';
import { t } from '../../../tars/codec/types.ts';
import { ConfigF } from '../../../tars/framework/config-f.ts';
import { EndpointF } from '../../../tars/framework/endpoint-f.ts';
import { LogF } from '../../../tars/framework/log-f.ts';
import { QueryF } from '../../../tars/framework/query-f.ts';
import { ServerF } from '../../../tars/framework/server-f.ts';
import { StatF } from '../../../tars/framework/stat-f.ts';
import { frameworkFunctions } from '../../support/tars/every-decoder.ts';
import { toHex } from '../../support/tars/hex.ts';

const { loadConfig } = ConfigF.functions;
const { findObjectByIdInSameGroup } = QueryF.functions;
const { getLatestKeepAliveTime } = ServerF.functions;
const versions = [1, 2, 3, 5] as const;

const asked = { app: 'A', server: 'S', filename: 'x.conf' };
const answered = { ret: -1, config: 'a=1\n' };
const json = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const Numbers = defineInterface('Numbers', {
  all: {
    in: {
      flag: param(1, t.bool),
      big: param(2, t.int64),
      ratio: param(3, t.double),
      raw: param(4, t.bytes),
      byNumber: param(5, t.map(t.int64, t.string)),
      words: param(6, t.list(t.string)),
    },
    out: {},
  },
}).functions.all;

describe.each(versions)('version %i', (version) => {
  it('carries parameters and results both ways', () => {
    const parameters = encodeArguments(loadConfig, version, asked);
    expect(decodeArguments(loadConfig, version, parameters)).toEqual(asked);
    const result = encodeResult(loadConfig, version, answered);
    expect(decodeResult(loadConfig, version, result)).toEqual(answered);
  });

  it('carries a result without return value, and one without out parameters', () => {
    expect(
      decodeResult(
        LogF.functions.logger,
        version,
        encodeResult(LogF.functions.logger, version, {}),
      ),
    ).toEqual({});
    const time = encodeResult(getLatestKeepAliveTime, version, { ret: 4_000_000_000 });
    expect(decodeResult(getLatestKeepAliveTime, version, time)).toEqual({ ret: 4_000_000_000 });
  });

  it('refuses a request without a parameter that is no container', () => {
    const other = encodeArguments(Numbers, version, {
      flag: true,
      big: 1,
      ratio: 1,
      raw: new Uint8Array(0),
      byNumber: new Map(),
      words: [],
    });
    expect(() => decodeArguments(loadConfig, version, other)).toThrow(
      expect.objectContaining({ code: 'TARS_DECODE' }),
    );
  });

  it('refuses a value that does not fit', () => {
    expect(() => encodeResult(loadConfig, version, { ret: 2 ** 40, config: '' })).toThrow(
      expect.objectContaining({ code: 'TARS_ENCODE' }),
    );
  });
});

describe('version 1', () => {
  it('has each parameter at its position, and the return value at 0', () => {
    expect(toHex(encodeArguments(loadConfig, 1, asked))).toBe(
      '16 01 41 26 01 53 36 06 78 2e 63 6f 6e 66',
    );
    expect(toHex(encodeResult(loadConfig, 1, answered))).toBe('00 ff 46 04 61 3d 31 0a');
    expect(encodeResult(LogF.functions.logger, 1, {})).toHaveLength(0);
  });

  it('passes over out parameters that the caller wrote into its request', () => {
    const bytes = encodeFields([
      [1, t.string, 'a.b.C'],
      [2, t.list(EndpointF), []],
      [3, t.list(EndpointF), []],
    ]);
    expect(decodeArguments(findObjectByIdInSameGroup, 1, bytes)).toEqual({ id: 'a.b.C' });
  });

  it('reads absent containers as empty', () => {
    expect(decodeResult(findObjectByIdInSameGroup, 1, encodeFields([[0, t.int32, 0]]))).toEqual({
      ret: 0,
      activeEp: [],
      inactiveEp: [],
    });
  });
});

describe('TUP 3', () => {
  const type = t.map(t.string, t.bytes);
  const entries = (bytes: Uint8Array) =>
    [...decodeFields({ all: [0, type] }, bytes).all].map(([name, value]) => [name, toHex(value)]);

  it('has each parameter under its name, as a field with tag 0', () => {
    expect(entries(encodeArguments(loadConfig, 3, asked))).toEqual([
      ['app', '06 01 41'],
      ['server', '06 01 53'],
      ['filename', '06 06 78 2e 63 6f 6e 66'],
    ]);
  });

  it('has the return value under both names that clients look for', () => {
    expect(entries(encodeResult(loadConfig, 3, answered))).toEqual([
      ['', '00 ff'],
      ['tars_ret', '00 ff'],
      ['config', '06 04 61 3d 31 0a'],
    ]);
  });

  it.each(['', 'tars_ret'])(
    'reads a return value under "%s" alone, with more that it does not know',
    (name) => {
      const all = new Map([
        [name, Uint8Array.of(0x00, 0x05)],
        ['config', Uint8Array.of(0x06, 0x00)],
        ['other', Uint8Array.of(0xff)],
      ]);
      expect(decodeResult(loadConfig, 3, encodeFields([[0, type, all]]))).toEqual({
        ret: 5,
        config: '',
      });
    },
  );

  it('reads no parameters from no bytes', () => {
    expect(decodeArguments(getLatestKeepAliveTime, 3, new Uint8Array(0))).toEqual({});
  });
});

describe('TUP 2', () => {
  it('reads a value whatever the name of its type is', () => {
    const bytes = (word: string) => new Map([[word, Uint8Array.of(0x06, 0x01, 0x41)]]);
    const type = t.map(t.string, t.map(t.string, t.bytes));
    const all = new Map([
      ['app', bytes('string')],
      ['server', bytes('std::string')],
      ['filename', bytes('')],
    ]);
    expect(decodeArguments(loadConfig, 2, encodeFields([[0, type, all]]))).toEqual({
      app: 'A',
      server: 'A',
      filename: 'A',
    });
  });
});

describe('JSON', () => {
  const parameters = {
    flag: true,
    big: 2n ** 53n + 1n,
    ratio: 0.5,
    raw: Uint8Array.of(1, 255),
    byNumber: new Map([[-(2n ** 63n), 'é"']]),
    words: ['a'],
  };
  const written =
    '{"flag":true,"big":9007199254740993,"ratio":0.5,"raw":[1,-1],"byNumber":{"-9223372036854775808":"é\\""},"words":["a"]}';

  it('is what the C++ library writes, with every digit of an integer', () => {
    expect(text(encodeArguments(Numbers, 5, parameters))).toBe(written);
    expect(decodeArguments(Numbers, 5, json(written))).toEqual(parameters);
  });

  it('has the return value as tars_ret', () => {
    expect(text(encodeResult(loadConfig, 5, answered))).toBe('{"tars_ret":-1,"config":"a=1\\n"}');
  });

  it('writes a struct key as its JSON text, and reads it back', () => {
    const bytes = encodeArguments(StatF.functions.reportMicMsg, 5, {
      msg: new Map([
        [
          {
            masterName: 'm"',
            slaveName: 's',
            interfaceName: 'f',
            masterIp: '',
            slaveIp: '',
            slavePort: 1,
            returnValue: 0,
          },
          {
            count: 1,
            timeoutCount: 0,
            execCount: 0,
            intervalCount: new Map([[5, 1]]),
            totalRspTime: 3,
            maxRspTime: 3,
            minRspTime: 3,
          },
        ],
      ]),
      bFromClient: false,
    });
    const [[head, body] = []] = decodeArguments(StatF.functions.reportMicMsg, 5, bytes).msg;
    expect(head).toMatchObject({ masterName: 'm"', slavePort: 1, tarsVersion: '' });
    expect(body).toMatchObject({ intervalCount: new Map([[5, 1]]), totalRspTime: 3n });
  });

  it.each([
    [
      'null for an empty container',
      '{"flag":true,"big":1,"ratio":1,"raw":null,"byNumber":null,"words":null}',
    ],
    ['an absent container', '{"flag":true,"big":1,"ratio":1}'],
    [
      '0 and 1 for a boolean, fields that nobody declared',
      '{"flag":1,"big":1,"ratio":1,"x":{"y":[1]}}',
    ],
  ])('reads %s', (_name, given) => {
    expect(decodeArguments(Numbers, 5, json(given))).toEqual({
      flag: true,
      big: 1n,
      ratio: 1,
      raw: new Uint8Array(0),
      byNumber: new Map(),
      words: [],
    });
  });

  it('does not take inherited names for parameters', () => {
    const odd = defineInterface('Odd', {
      call: { in: { constructor: param(1, t.string) }, out: {} },
    }).functions.call;
    expect(() => decodeArguments(odd, 5, json('{}'))).toThrow('it is missing');
    expect(() => decodeArguments(loadConfig, 5, json('{"__proto__":{"app":"A"}}'))).toThrow(
      'ConfigF.loadConfig.app',
    );
  });

  it.each([
    ['no JSON', '{"app":'],
    ['no object', '[1]'],
    ['a number for a string', '{"app":1,"server":"S","filename":""}'],
    ['null for a string', '{"app":null,"server":"S","filename":""}'],
    ['nothing', ''],
  ])('refuses %s', (_name, given) => {
    expect(() => decodeArguments(loadConfig, 5, json(given))).toThrow(
      expect.objectContaining({ code: 'TARS_DECODE' }),
    );
  });

  it.each([
    ['a fraction', '{"big":1.5}'],
    ['an integer of 65 bits', '{"big":9223372036854775808}'],
    ['text', '{"big":"1"}'],
  ])('refuses %s for an integer', (_name, given) => {
    const big = defineInterface('Big', { call: { in: { big: param(1, t.int64) }, out: {} } });
    expect(() => decodeArguments(big.functions.call, 5, json(given))).toThrow(
      'Cannot read Big.call.big from JSON: it is no integer',
    );
  });

  it('refuses more items than a packet may have', () => {
    const many = json(`{"words":[${'"",'.repeat(1_000_001)}""]}`);
    expect(() => decodeArguments(Numbers, 5, many)).toThrow('more than 1000000 items');
  });

  it('has no word for what is not a number', () => {
    const parametersOf = (ratio: number) => ({ ...parameters, ratio });
    expect(() => encodeArguments(Numbers, 5, parametersOf(Number.NaN))).toThrow('a finite number');
  });
});

describe('the interfaces of the framework', () => {
  it('count their parameters from 1 without a gap, in and out together', () => {
    expect(frameworkFunctions.length).toBeGreaterThan(25);
    for (const { label, argumentsType, resultType } of frameworkFunctions) {
      const isReturn = ({ name }: { name: string }) => name === 'ret';
      const out = resultType.node.fields.filter((field) => !isReturn(field));
      const tags = [...argumentsType.node.fields, ...out].map(({ tag }) => tag);
      expect({ label, tags }).toEqual({ label, tags: tags.map((_tag, index) => index + 1) });
      expect(resultType.node.fields.filter(isReturn).every(({ tag }) => tag === 0)).toBe(true);
    }
  });

  it('know the four versions of parameters', () => {
    expect([0, 1, 2, 3, 4, 5, 6].filter(isParameterVersion)).toEqual([1, 2, 3, 5]);
  });
});
