/** Writes a word so that `/bin/sh` takes it as it is. */

export function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line that takes the place of the shell. */
export function execLine(words: readonly string[]): string {
  return `exec ${words.map((word) => quote(word)).join(' ')}`;
}
