/** Shapes of messages as plain data: one description gives the check, the type and the fingerprint. */

export interface TextShape {
  readonly kind: 'text';
  /** UTF-16 code units. */
  readonly lengthMax: number;
}

export interface NumberShape {
  readonly kind: 'number';
  readonly integer: boolean;
  readonly min: number;
  readonly max: number;
}

export interface FlagShape {
  readonly kind: 'flag';
}

export interface ChoiceShape<Value extends string = string> {
  readonly kind: 'choice';
  readonly values: readonly Value[];
}

export interface ListShape<Item extends Shape = Shape> {
  readonly kind: 'list';
  readonly item: Item;
  readonly countMax: number;
}

export interface DictionaryShape<Item extends Shape = Shape> {
  readonly kind: 'dictionary';
  readonly item: Item;
  readonly keyLengthMax: number;
  readonly countMax: number;
}

export interface EitherShape<Options extends readonly Shape[] = readonly Shape[]> {
  readonly kind: 'either';
  readonly options: Options;
}

export type Fields = { readonly [name: string]: Shape };

export interface ObjectShape<Required = Fields, Optional = Fields> {
  readonly kind: 'object';
  readonly required: Required;
  readonly optional: Optional;
}

export type Shape =
  | TextShape
  | NumberShape
  | FlagShape
  | ChoiceShape
  | { readonly kind: 'list'; readonly item: Shape; readonly countMax: number }
  | {
      readonly kind: 'dictionary';
      readonly item: Shape;
      readonly keyLengthMax: number;
      readonly countMax: number;
    }
  | { readonly kind: 'either'; readonly options: readonly Shape[] }
  | { readonly kind: 'object'; readonly required: Fields; readonly optional: Fields };

/** The values that a shape lets through. */
export type ValueOf<S> = S extends TextShape
  ? string
  : S extends NumberShape
    ? number
    : S extends FlagShape
      ? boolean
      : S extends ChoiceShape<infer Value>
        ? Value
        : S extends { kind: 'list'; item: infer Item }
          ? readonly ValueOf<Item>[]
          : S extends { kind: 'dictionary'; item: infer Item }
            ? Readonly<Record<string, ValueOf<Item>>>
            : S extends { kind: 'either'; options: readonly (infer Option)[] }
              ? ValueOf<Option>
              : S extends { kind: 'object'; required: infer Required; optional: infer Optional }
                ? ObjectValue<Required, Optional>
                : never;

type ObjectValue<Required, Optional> = {
  readonly [Name in keyof Required]: ValueOf<Required[Name]>;
} & { readonly [Name in keyof Optional]?: ValueOf<Optional[Name]> };

export function text(lengthMax: number): TextShape {
  return { kind: 'text', lengthMax };
}

/** A whole number from 0 up, and exact in JavaScript. */
export function count(max = Number.MAX_SAFE_INTEGER): NumberShape {
  return { kind: 'number', integer: true, min: 0, max };
}

export function finite(): NumberShape {
  return { kind: 'number', integer: false, min: -Number.MAX_VALUE, max: Number.MAX_VALUE };
}

export function flag(): FlagShape {
  return { kind: 'flag' };
}

export function choice<const Value extends string>(...values: readonly Value[]) {
  return { kind: 'choice', values } satisfies ChoiceShape<Value>;
}

export function list<Item extends Shape>(item: Item, countMax: number): ListShape<Item> {
  return { kind: 'list', item, countMax };
}

export function dictionary<Item extends Shape>(
  item: Item,
  limits: { readonly keyLengthMax: number; readonly countMax: number },
): DictionaryShape<Item> {
  return { kind: 'dictionary', item, ...limits };
}

export function either<Options extends readonly Shape[]>(
  ...options: Options
): EitherShape<Options> {
  return { kind: 'either', options };
}

/** No optional fields. */
type NoFields = Readonly<Record<never, never>>;

export function object<Required extends Fields>(
  required: Required,
): ObjectShape<Required, NoFields>;
export function object<Required extends Fields, Optional extends Fields>(
  required: Required,
  optional: Optional,
): ObjectShape<Required, Optional>;
export function object(required: Fields, optional: Fields = {}): ObjectShape {
  return { kind: 'object', required, optional };
}
