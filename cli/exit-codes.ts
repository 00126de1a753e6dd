/** What the exit status of `tarsctl` means; the same for every command. */

export const exitCodes = {
  ok: 0,
  /** The command failed; the message says why. */
  error: 1,
  /** `plan`: there are changes. `validate`: never. */
  changes: 2,
  /** `--wait` ran out of time. */
  notConverged: 4,
  /** The arguments do not fit (EX_USAGE of sysexits.h). */
  usage: 64,
} as const;
