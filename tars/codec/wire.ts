/** The numbers of the TARS wire format (tars-contract §1.1), and what a reader accepts at most. */

export const wire = {
  int8: 0,
  int16: 1,
  int32: 2,
  int64: 3,
  float: 4,
  double: 5,
  /** A string of at most 255 bytes. */
  string1: 6,
  string4: 7,
  map: 8,
  list: 9,
  structBegin: 10,
  structEnd: 11,
  zero: 12,
  simpleList: 13,
} as const;

/** Tags from here on stand in a byte of their own. */
export const wideTag = 15;

export const readLimits = {
  /** Nested structs, lists and maps. */
  depthMax: 64,
  /** Elements and entries in one packet, all lists and maps together. */
  itemsMax: 1_000_000,
} as const;
