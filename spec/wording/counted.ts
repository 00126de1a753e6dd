/** Numbers with their noun, for messages. */

/** `1 fault`, `2 faults`, `10,000 objects`. */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`;
}
