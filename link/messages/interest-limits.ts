/** How much an agent may look up; both ends keep to it. */

/** Objects that one agent asks for at a time. */
export const interestMax = 20_000;
/** Text of a command, and of the answer to it. */
export const commandTextLengthMax = 64 * 1024;
