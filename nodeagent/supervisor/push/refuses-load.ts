/** Reads in the answer to `tars.loadconfig` that the library could not load the file: it has no code for it. */

/** C++, which goes on with the file that it has, and Java. Go fails the call. */
const refusals = /\[fail\] get remote config|^\s*execute (?:failed|exception)/;

export function refusesLoad(answer: string): boolean {
  return refusals.test(answer);
}
