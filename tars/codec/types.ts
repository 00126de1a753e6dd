/** Type descriptors of the TARS interface language; the TypeScript types are inferred from them. */

declare const valuePhantom: unique symbol;
declare const inputPhantom: unique symbol;

export type ScalarKind =
  | 'bool'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float'
  | 'double'
  | 'string'
  | 'bytes';

/** What the codecs walk over; users of a type never look at it. */
export type TypeNode =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'list'; readonly item: TarsType }
  | { readonly kind: 'map'; readonly key: TarsType; readonly value: TarsType }
  | StructNode;

export interface StructNode {
  readonly kind: 'struct';
  readonly name: string;
  /** By ascending tag, as on the wire. */
  readonly fields: readonly FieldNode[];
}

interface FieldNode {
  readonly name: string;
  readonly tag: number;
  readonly type: TarsType;
  readonly required: boolean;
  /** Of an optional field; `undefined` stands for the zero of the type. */
  readonly defaultValue: unknown;
}

/** `Value` is what reading gives; `Input` is what writing takes, a little wider. */
export interface TarsType<Value = unknown, Input = unknown> {
  readonly node: TypeNode;
  readonly [valuePhantom]?: Value;
  readonly [inputPhantom]?: Input;
}

export interface StructType<Value = unknown, Input = unknown> extends TarsType<Value, Input> {
  readonly node: StructNode;
}

export type ValueOf<Type> = Type extends TarsType<infer Value, infer _Input> ? Value : never;
/** Like `ValueOf`, but optional fields may be left out, and an int64 may be a safe integer. */
export type InputOf<Type> = Type extends TarsType<infer _Value, infer Input> ? Input : never;

function scalar<Value, Input = Value>(kind: ScalarKind): TarsType<Value, Input> {
  return { node: { kind } };
}

function list<Value, Input>(
  item: TarsType<Value, Input>,
): TarsType<readonly Value[], readonly Input[]> {
  return { node: { kind: 'list', item } };
}

function map<Key, KeyInput, Value, ValueInput>(
  key: TarsType<Key, KeyInput>,
  value: TarsType<Value, ValueInput>,
): TarsType<ReadonlyMap<Key, Value>, ReadonlyMap<KeyInput, ValueInput>> {
  return { node: { kind: 'map', key, value } };
}

export const t = {
  bool: scalar<boolean>('bool'),
  int8: scalar<number>('int8'),
  uint8: scalar<number>('uint8'),
  int16: scalar<number>('int16'),
  uint16: scalar<number>('uint16'),
  /** Enumerations as well. */
  int32: scalar<number>('int32'),
  uint32: scalar<number>('uint32'),
  /** Exact: read as bigint; written from a bigint or a safe integer. */
  int64: scalar<bigint, bigint | number>('int64'),
  float: scalar<number>('float'),
  double: scalar<number>('double'),
  /** UTF-8; what is not UTF-8 on the wire is read as U+FFFD. */
  string: scalar<string>('string'),
  /** `vector<byte>`. Reading gives a view into the frame: copy it to keep it longer than the frame. */
  bytes: scalar<Uint8Array>('bytes'),
  list,
  /** Entries keep their order. Of equal primitive keys the last wins; struct keys are all kept. */
  map,
} as const;

export interface RequiredField<Value, Input> {
  readonly tag: number;
  readonly type: TarsType<Value, Input>;
  readonly required: true;
}

interface OptionalField<Value, Input> {
  readonly tag: number;
  readonly type: TarsType<Value, Input>;
  readonly required: false;
  readonly defaultValue: Value | undefined;
}

type Field = RequiredField<unknown, unknown> | OptionalField<unknown, unknown>;
export type Fields = Readonly<Record<string, Field>>;

type FieldValue<F> = F extends { readonly type: TarsType<infer Value, infer _Input> }
  ? Value
  : never;
type FieldInput<F> = F extends { readonly type: TarsType<infer _Value, infer Input> }
  ? Input
  : never;

type Flat<Type> = { [Key in keyof Type]: Type[Key] };
export type StructValue<F extends Fields> = { readonly [Name in keyof F]: FieldValue<F[Name]> };
export type StructInput<F extends Fields> = Flat<
  {
    readonly [Name in keyof F as F[Name]['required'] extends true ? Name : never]: FieldInput<
      F[Name]
    >;
  } & {
    readonly [Name in keyof F as F[Name]['required'] extends true ? never : Name]?:
      | FieldInput<F[Name]>
      | undefined;
  }
>;

/** A field that must be on the wire; an absent list, map or bytes is read as empty all the same. */
export function required<Value, Input>(
  tag: number,
  type: TarsType<Value, Input>,
): RequiredField<Value, Input> {
  return { tag, type, required: true };
}

/** A field that may be absent: then it is read as `defaultValue`, else as the zero of its type. */
export function optional<Value, Input>(
  tag: number,
  type: TarsType<Value, Input>,
  defaultValue?: NoInfer<Value>,
): OptionalField<Value, Input> {
  return { tag, type, required: false, defaultValue };
}

export function struct<F extends Fields>(
  name: string,
  fields: F,
): StructType<StructValue<F>, StructInput<F>> {
  const nodes = Object.entries(fields).map(([fieldName, field]) => ({
    name: fieldName,
    tag: field.tag,
    type: field.type,
    required: field.required,
    defaultValue: field.required ? undefined : field.defaultValue,
  }));
  nodes.sort((left, right) => left.tag - right.tag);
  return { node: { kind: 'struct', name, fields: nodes } };
}
