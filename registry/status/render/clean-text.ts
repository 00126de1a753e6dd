/** Takes out of foreign text what could move the cursor, recolour or reorder a terminal. */

/** CSI and OSC sequences of ECMA-48, whole; what is left of others loses its control characters below. */
const escapeSequence =
  // oxlint-disable-next-line no-control-regex
  /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/g;
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** One line: line breaks and tabs become single spaces. */
export function cleanLine(text: string): string {
  return text
    .replace(escapeSequence, '')
    .replace(/[\t\r\n]+/g, ' ')
    .replace(control, '');
}

/** Keeps line breaks and tabs. */
export function cleanText(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').map(cleanLine).join('\t'))
    .join('\n');
}
