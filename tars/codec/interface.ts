/** Declares the functions of an interface once, for every version of the protocol. */

import {
  required,
  struct,
  type Fields,
  type InputOf,
  type RequiredField,
  type StructType,
  type StructInput,
  type StructValue,
  type TarsType,
  type ValueOf,
} from './types.ts';

type Parameters = Readonly<Record<string, RequiredField<unknown, unknown>>>;

interface FunctionDeclaration {
  /** Names are those that TUP and JSON use; a handler gets an object of them. */
  readonly in: Parameters;
  readonly out: Parameters;
  /** Left out for void. */
  readonly returns?: TarsType;
}

type ResultFields<F extends FunctionDeclaration> = F['out'] &
  (F extends { readonly returns: TarsType<infer Value, infer Input> }
    ? { readonly ret: RequiredField<Value, Input> }
    : unknown);

type Both<F extends Fields> = StructType<StructValue<F>, StructInput<F>>;

/** What the codecs of calls need of a function. */
export interface TarsFunction<
  Arguments extends StructType = StructType,
  Result extends StructType = StructType,
> {
  /** `QueryF.findObjectById`, for messages. */
  readonly label: string;
  readonly argumentsType: Arguments;
  /** The return value is its field `ret`, with tag 0. */
  readonly resultType: Result;
}

export interface TarsInterface<
  Functions extends Readonly<Record<string, TarsFunction>> = Readonly<Record<string, TarsFunction>>,
> {
  readonly name: string;
  readonly functions: Functions;
}

type Defined<Declarations extends Readonly<Record<string, FunctionDeclaration>>> = {
  readonly [Name in keyof Declarations]: TarsFunction<
    Both<Declarations[Name]['in']>,
    Both<ResultFields<Declarations[Name]>>
  >;
};

export type ArgumentsOf<F extends TarsFunction> = ValueOf<F['argumentsType']>;
export type ArgumentsInput<F extends TarsFunction> = InputOf<F['argumentsType']>;
/** `{ ret, ...out parameters }`; without `ret` for void. */
export type ResultOf<F extends TarsFunction> = ValueOf<F['resultType']>;
export type ResultInput<F extends TarsFunction> = InputOf<F['resultType']>;

/** `position` counts from 1 over in and out parameters together. */
export function param<Value, Input>(
  position: number,
  type: TarsType<Value, Input>,
): RequiredField<Value, Input> {
  return required(position, type);
}

export function defineInterface<
  const Declarations extends Readonly<Record<string, FunctionDeclaration>>,
>(name: string, declarations: Declarations): TarsInterface<Defined<Declarations>> {
  const functions = Object.entries(declarations).map(([functionName, declaration]) => {
    const label = `${name}.${functionName}`;
    const { returns } = declaration;
    const ret = returns === undefined ? {} : { ret: required(0, returns) };
    const defined: TarsFunction = {
      label,
      argumentsType: struct(label, declaration.in),
      resultType: struct(label, { ...ret, ...declaration.out }),
    };
    return [functionName, defined] as const;
  });
  return { name, functions: Object.fromEntries(functions) as Defined<Declarations> };
}
