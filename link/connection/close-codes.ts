/** Close codes of RFC 6455 and its registry that the two ends of the link understand. */

export const closeCodes = {
  normal: 1000,
  /** What was said is refused; the refusal came before. */
  policy: 1008,
  /** The controller restarts on purpose: come back at once. */
  restart: 1012,
  tryAgainLater: 1013,
} as const;
