/** Leaves out what was not given, so that defaults apply (`exactOptionalPropertyTypes`). */

type Defined<Value> = { [Key in keyof Value]?: Exclude<Value[Key], undefined> };

export function defined<Value extends object>(value: Value): Defined<Value> {
  const entries = Object.entries(value).filter(([, given]) => given !== undefined);
  return Object.fromEntries(entries) as Defined<Value>;
}
