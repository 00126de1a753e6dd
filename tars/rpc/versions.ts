/** The protocol versions that a packet may name in `iVersion` (tars-contract §1.6). */

export const versions = { tars: 1, tupComplex: 2, tup: 3, json: 5 } as const;

export function isTup(version: number): boolean {
  return version === versions.tup || version === versions.tupComplex;
}
