/** The codec against the Go library of TARS: what one writes, the other reads. */

import { afterAll, describe, expect, it } from 'vitest';
import { decodeFields, decodeStruct } from '../../tars/codec/decode.ts';
import { encodeFields, encodeStruct } from '../../tars/codec/encode.ts';
import { t, type StructType } from '../../tars/codec/types.ts';
import { ConfigInfo } from '../../tars/framework/config-f.ts';
import { EndpointF } from '../../tars/framework/endpoint-f.ts';
import { LogInfo } from '../../tars/framework/log-f.ts';
import { ReportInfo } from '../../tars/framework/notify-f.ts';
import { RequestPacket, ResponsePacket } from '../../tars/framework/packets.ts';
import { StatPropMsgHead } from '../../tars/framework/property-f.ts';
import { ServerInfo } from '../../tars/framework/server-f.ts';
import { StatMicMsgBody, StatMicMsgHead } from '../../tars/framework/stat-f.ts';
import { buildGoCodec } from '../support/tars/go-codec.ts';
import { toHex } from '../support/tars/hex.ts';

const go = buildGoCodec();
afterAll(() => go?.remove());

const packet = {
  iVersion: 1,
  cPacketType: 0,
  iMessageType: 0x100,
  iRequestId: -7,
  sBuffer: Uint8Array.of(0, 127, 128, 255),
  // One entry: Go writes maps in any order.
  context: new Map([['node_name', 'clé'.repeat(100)]]),
  status: new Map([['k', '']]),
};
const request = { ...packet, sServantName: 'a.b.C', sFuncName: 'f', iTimeout: 60_000 };
const response = { ...packet, iRet: -99, sResultDesc: 'failed' };
const endpoint = {
  host: '10.0.0.1',
  port: 9_000,
  timeout: 60_000,
  istcp: 1,
  grid: 0,
  groupworkid: -1,
  grouprealid: 3,
  setId: 'a.b.c',
  qos: 1,
  bakFlag: 2,
  weight: 100,
  weightType: 1,
  authType: 1,
};

describe.skipIf(go === undefined)(
  go === undefined ? 'Go (skipped: no Go toolchain, or no module of TARS for it)' : 'Go',
  () => {
    // Go is there whenever these run.
    const library = go!;

    it.each<[name: string, type: StructType, value: object]>([
      ['RequestPacket', RequestPacket, request],
      ['ResponsePacket', ResponsePacket, response],
      ['ServerInfo', ServerInfo, { application: 'A', serverName: 'S', pid: 70_000, adapter: 'x' }],
    ])('writes %s with the same bytes', (name, type, value) => {
      const bytes = encodeStruct(type, value);
      expect(toHex(library.recode(name, bytes))).toBe(toHex(bytes));
    });

    it('reads our EndpointF, and passes over the field that it does not know', () => {
      const bytes = encodeStruct(EndpointF, { ...endpoint, nodeName: 'n1' });
      const recoded = library.recode('EndpointF', bytes);
      expect(decodeStruct(EndpointF, recoded)).toEqual({ ...endpoint, nodeName: '' });
    });

    it('leaves out what is at its default, and we read it as what it was', () => {
      const few = { host: 'h', port: 1, timeout: 2, istcp: 2, grid: 0 };
      const bytes = encodeStruct(EndpointF, few);
      const recoded = library.recode('EndpointF', bytes);
      expect(recoded.length).toBeLessThan(bytes.length);
      expect(decodeStruct(EndpointF, recoded)).toEqual(decodeStruct(EndpointF, bytes));
    });

    it.each<[name: string, type: StructType, expected: object]>([
      [
        'LogInfo',
        LogInfo,
        {
          bHasSufix: true,
          bHasAppNamePrefix: true,
          bHasSquareBracket: false,
          sConcatStr: '_',
          sSepar: '|',
          sLogType: '',
        },
      ],
      ['ConfigInfo', ConfigInfo, { bAppOnly: false, host: '', setdivision: '' }],
      ['StatPropMsgHead', StatPropMsgHead, { iPropertyVer: 1, setName: '' }],
      ['ReportInfo', ReportInfo, { eType: 0, sApp: '', eLevel: 0, sNodeName: '' }],
      ['RequestPacket', RequestPacket, { iTimeout: 0, context: new Map(), status: new Map() }],
      ['ResponsePacket', ResponsePacket, { iRet: 0, status: new Map(), sResultDesc: '' }],
    ])('a new %s of Go has the defaults that we declare', (name, type, expected) => {
      expect(decodeStruct(type, library.make(name))).toMatchObject(expected);
    });

    it.each([
      ['at their defaults', {}],
      [
        'set',
        {
          bHasSufix: false,
          bHasAppNamePrefix: false,
          bHasSquareBracket: true,
          sConcatStr: '-',
          sSepar: '',
          sLogType: '2hour',
          setdivision: 'a.b.c',
        },
      ],
    ])('LogInfo keeps its flags on the way to Go and back: %s', (_name, flags) => {
      const value = { appname: 'A', servername: 'S', sFilename: '', sFormat: '%Y%m%d', ...flags };
      const bytes = encodeStruct(LogInfo, value);
      const back = decodeStruct(LogInfo, library.recode('LogInfo', bytes));
      expect(back).toEqual(decodeStruct(LogInfo, bytes));
      expect(back).toMatchObject(flags);
    });

    it.each([0, 1, 500])('a list of %i endpoints', (count) => {
      const fields = { endpoints: [1, t.list(EndpointF)] } as const;
      const endpoints = Array.from({ length: count }, (_, index) => ({ ...endpoint, port: index }));
      const bytes = encodeFields([[1, t.list(EndpointF), endpoints]]);
      const back = decodeFields(fields, library.recode('EndpointList', bytes)).endpoints;
      expect(back).toEqual(endpoints.map((one) => ({ ...one, nodeName: '' })));
    });

    it('a map of StatMicMsg, with integers of 64 bits that no double holds', () => {
      const entries = Array.from({ length: 100 }, (_, index) => {
        const head = {
          masterName: `A.S${index}@1.4.5`,
          slaveName: 'A.T',
          interfaceName: 'f',
          masterIp: '10.0.0.1',
          slaveIp: '',
          slavePort: index,
          returnValue: 0 - index,
          slaveSetName: '',
          slaveSetArea: '',
          slaveSetID: index % 2 === 0 ? '' : 'x',
          tarsVersion: '',
        };
        const body = {
          count: index,
          timeoutCount: 0,
          execCount: 70_000,
          intervalCount: new Map([[5, index]]),
          totalRspTime: 2n ** 53n + 1n + BigInt(index),
          maxRspTime: 1,
          minRspTime: 0,
        };
        return [head, body] as const;
      });
      const type = t.map(StatMicMsgHead, StatMicMsgBody);
      const bytes = encodeFields([[1, type, new Map(entries)]]);
      const back = decodeFields({ msg: [1, type] }, library.recode('StatMap', bytes)).msg;
      const byPort = [...back].toSorted(([left], [right]) => left.slavePort - right.slavePort);
      expect(byPort).toEqual(entries);
    });
  },
);
