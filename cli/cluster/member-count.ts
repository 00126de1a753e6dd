/** What to say about the number of members. */

/** Undefined for an odd number: that is what is asked for. */
export function memberCountNote(count: number): string | undefined {
  if (count % 2 === 1) return undefined;
  const survivors = Math.floor((count - 1) / 2);
  return (
    `${count} members survive the failure of ${survivors}, and so do ${count - 1}: a majority must go on, ` +
    `so n failures take 2n+1 members. Use ${count - 1} or ${count + 1}.`
  );
}
