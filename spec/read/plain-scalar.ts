/** Unquoted YAML text → value, after the core schema of YAML 1.2, without its surprises. */

/** Why a number is refused, and what to write instead. */
export class DoubtfulNumber {
  readonly value: number;
  readonly message: string;
  readonly hint: string;

  constructor(value: number, message: string, hint: string) {
    this.value = value;
    this.message = message;
    this.hint = hint;
  }
}

const words: ReadonlyMap<string, boolean | null> = new Map([
  ['', null],
  ['~', null],
  ['null', null],
  ['Null', null],
  ['NULL', null],
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
]);

const longestWord = 5;
const number =
  /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)$/;
const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const leadingZero = /^[-+]?0[0-9]/;

/** Characters that a number begins with: `+`, `-`, `.` and digits. */
function mayBeNumber(first: number): boolean {
  return (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
}

export function readPlainScalar(text: string): string | number | boolean | null | DoubtfulNumber {
  if (text.length <= longestWord) {
    const word = words.get(text);
    if (word !== undefined) return word;
  }
  if (!mayBeNumber(text.charCodeAt(0))) return text;
  if (number.test(text)) return readNumber(text);
  if (!notFinite.test(text)) return text;
  return new DoubtfulNumber(0, `${text} is no number that can be counted with`, quote(text));
}

function readNumber(text: string): string | number | DoubtfulNumber {
  const value = Number(text);
  // As in YAML parsers at large, what is beyond the range of a number is text.
  if (!Number.isFinite(value)) return text;
  if (leadingZero.test(text)) {
    return new DoubtfulNumber(
      value,
      `${text} begins with a zero: some read it as octal, YAML 1.2 as ${value}`,
      `${quote(text)}, or ${value} if a number is meant`,
    );
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[eE]/.test(text)) {
    return new DoubtfulNumber(value, `${text} is too large to be exact`, quote(text));
  }
  // Minus zero has no place in JSON.
  return value === 0 ? 0 : value;
}

function quote(text: string): string {
  return `write "${text}" if text is meant`;
}
