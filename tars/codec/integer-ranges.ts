/** What each integer type holds. */

export const integerRanges = {
  int8: { min: -128n, max: 127n },
  uint8: { min: 0n, max: 255n },
  int16: { min: -32_768n, max: 32_767n },
  uint16: { min: 0n, max: 65_535n },
  int32: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  uint32: { min: 0n, max: 2n ** 32n - 1n },
  int64: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
} as const;
