/** Every way by which bytes from outside become values: all packets, structs and functions. */

import { decodeArguments, decodeResult } from '../../../tars/codec/call.ts';
import { decodeStruct } from '../../../tars/codec/decode.ts';
import type { TarsFunction } from '../../../tars/codec/interface.ts';
import { AdminF } from '../../../tars/framework/admin-f.ts';
import { BasicAuthPackage } from '../../../tars/framework/auth-f.ts';
import { ConfigF } from '../../../tars/framework/config-f.ts';
import { EndpointF } from '../../../tars/framework/endpoint-f.ts';
import { LogF } from '../../../tars/framework/log-f.ts';
import { NotifyF } from '../../../tars/framework/notify-f.ts';
import { RequestPacket, ResponsePacket } from '../../../tars/framework/packets.ts';
import { PropertyF } from '../../../tars/framework/property-f.ts';
import { QueryF } from '../../../tars/framework/query-f.ts';
import { ServerF } from '../../../tars/framework/server-f.ts';
import { StatF } from '../../../tars/framework/stat-f.ts';

export interface Decoder {
  readonly name: string;
  readonly decode: (bytes: Uint8Array) => unknown;
}

const frameworkInterfaces = [
  QueryF,
  ServerF,
  ConfigF,
  LogF,
  NotifyF,
  StatF,
  PropertyF,
  AdminF,
] as const;

export const frameworkFunctions: readonly TarsFunction[] = frameworkInterfaces.flatMap(
  ({ functions }): readonly TarsFunction[] => Object.values(functions),
);

const structs = [RequestPacket, ResponsePacket, EndpointF, BasicAuthPackage] as const;

export const everyDecoder: readonly Decoder[] = [
  ...structs.map((type) => ({
    name: type.node.name,
    decode: (bytes: Uint8Array) => decodeStruct(type, bytes),
  })),
  ...frameworkFunctions.flatMap((definition) =>
    ([1, 2, 3, 5] as const).flatMap((version) => [
      {
        name: `${definition.label} arguments, version ${version}`,
        decode: (bytes: Uint8Array) => decodeArguments(definition, version, bytes),
      },
      {
        name: `${definition.label} result, version ${version}`,
        decode: (bytes: Uint8Array) => decodeResult(definition, version, bytes),
      },
    ]),
  ),
];
