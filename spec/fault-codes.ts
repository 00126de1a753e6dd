/** The closed list of fault codes. Never reused; `docs/errors.md` has a row for each. */

export interface FaultRow {
  readonly meaning: string;
  readonly remedy: string;
}

const rows = {
  SPEC_UNKNOWN_FIELD: {
    meaning: 'A field is not known at this place.',
    remedy: 'Use one of the known fields; `tarsctl explain <Kind>.<path>` lists them.',
  },
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof rows;

export const faultCodes: Readonly<Record<FaultCode, FaultRow>> = rows;
