/** Text from outside, cut to a length that what is kept can afford. */

/** At most `charactersMax` UTF-16 units, never half a character. */
export function boundedText(text: string, charactersMax: number): string {
  const cut = text.length > charactersMax ? text.slice(0, charactersMax) : text;
  return cut.toWellFormed();
}

/** At most `bytesMax` bytes of UTF-8, never half a character. */
export function boundedBytes(text: string, bytesMax: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}
