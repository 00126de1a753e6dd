/** Makes text from a repository safe to print: it cannot move the cursor, colour, reorder or hide. */

const firstPicture = 0x2400;
const deletePicture = '\u2421';
const replacement = '\uFFFD';

/** Controls; marks that reorder or have no width; halves of characters that stand alone. */
const unsafe =
  // oxlint-disable-next-line no-control-regex -- Control characters are what this looks for.
  /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]|\p{Surrogate}/gu;

/** Every unsafe character becomes one visible character; a tab becomes an arrow. */
export function neutralise(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0x09) return '→';
    if (code < 0x20) return String.fromCodePoint(firstPicture + code);
    return code === 0x7f ? deletePicture : replacement;
  });
}
