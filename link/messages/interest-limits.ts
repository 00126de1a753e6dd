/** Limits that both ends of the link keep to. */

/** Objects that one agent asks for at a time. */
export const interestMax = 20_000;
/** Text of a command, and of the answer to it. */
export const commandTextLengthMax = 64 * 1024;
/** Controllers that an agent is told of. */
export const controllersMax = 64;
/** Packages of which one agent has releases. */
export const heldPackagesMax = 10_000;
