/** What the YAML parser says → a fault code, and words that tell what to write instead. */

import type { YAMLException } from 'js-yaml';
import type { FaultCode } from '../fault-codes.ts';
import { findClue, type SyntaxFault } from './syntax-clues.ts';

type Explanation = readonly [code: FaultCode, message: string, hint?: string];

const neverClosed = 'is never closed';
const indentation =
  'fields of one object start in the same column; a text that goes on in the next line, or holds `: `, needs quotes';

/** By the beginning of the parser's reason; the first that fits. */
const explanations: readonly (readonly [reason: string, ...Explanation])[] = [
  [
    'nesting exceeded',
    'SPEC_TOO_DEEP',
    'objects and lists are nested more than 40 levels deep',
    'no field is that deep: look for a missing bracket or a wrong indentation',
  ],
  [
    'null byte',
    'SPEC_NUL_CHARACTER',
    'the file holds a NUL character',
    'remove it; if the file is no text, rename it so that it does not end in `.yaml` or `.yml`',
  ],
  [
    'the stream contains non-printable',
    'SPEC_CONTROL_CHARACTER',
    'the text holds a control character',
    'remove it, or write it as an escape such as "\\x07" in double quotes',
  ],
  [
    'expected valid JSON character',
    'SPEC_CONTROL_CHARACTER',
    'the text holds a control character',
    'remove it, or write it as an escape such as "\\x07" in double quotes',
  ],
  [
    'tab characters must not',
    'SPEC_YAML_TAB',
    'a tab is used for indentation',
    'indent with spaces',
  ],
  [
    'bad indentation',
    'SPEC_YAML_SYNTAX',
    'this line is indented differently from the lines it belongs to',
    indentation,
  ],
  ['deficient indentation', 'SPEC_YAML_SYNTAX', 'this line is not indented enough', indentation],
  [
    "expected ':' after a mapping key",
    'SPEC_YAML_SYNTAX',
    'this line is no `key: value`',
    'write a colon and a space behind the key, or indent the line if it belongs to the value above',
  ],
  [
    'can not read a block mapping entry',
    'SPEC_YAML_SYNTAX',
    'this line is no `key: value`',
    'write a colon and a space behind the key, or indent the line if it belongs to the value above',
  ],
  [
    'a whitespace character is expected after the key-value',
    'SPEC_YAML_SYNTAX',
    'a space is missing behind the colon',
    'write `key: value`',
  ],
  [
    'missed comma',
    'SPEC_YAML_SYNTAX',
    'a comma is missing in `[...]` or `{...}`',
    'separate the entries with commas; quote a text that holds `[`, `]`, `{`, `}` or `,`',
  ],
  [
    'expected the node content',
    'SPEC_YAML_SYNTAX',
    'there is nothing before this comma',
    'remove the comma, or write the missing entry',
  ],
  [
    'unexpected end of the stream within a flow',
    'SPEC_YAML_SYNTAX',
    `a \`[\` or \`{\` ${neverClosed}`,
    'close it; quote a text that begins with `[` or `{`',
  ],
  [
    'unexpected end of the stream within a single',
    'SPEC_YAML_SYNTAX',
    `a single quote ${neverClosed}`,
    "close it; write two single quotes for one inside: 'it''s'",
  ],
  [
    'unexpected end of the document within a single',
    'SPEC_YAML_SYNTAX',
    `a single quote ${neverClosed}`,
    "close it; write two single quotes for one inside: 'it''s'",
  ],
  [
    'unexpected end of the stream within a double',
    'SPEC_YAML_SYNTAX',
    `a double quote ${neverClosed}`,
    'close it; write \\" for a double quote inside',
  ],
  [
    'unexpected end of the document within a double',
    'SPEC_YAML_SYNTAX',
    `a double quote ${neverClosed}`,
    'close it; write \\" for a double quote inside',
  ],
  [
    'unknown escape sequence',
    'SPEC_YAML_SYNTAX',
    'this escape is not known in double quotes',
    'write \\\\ for a backslash, or use single quotes',
  ],
  [
    'expected hexadecimal',
    'SPEC_YAML_SYNTAX',
    'an escape with \\x or \\u needs hexadecimal digits',
    'write \\\\ for a backslash, or use single quotes',
  ],
  [
    'end of the stream or a document separator',
    'SPEC_YAML_SYNTAX',
    'this line does not belong to the document above',
    `${indentation}; \`---\` starts a new document`,
  ],
  ['duplication of an anchor', 'SPEC_YAML_ANCHOR', 'anchors (`&name`) are not allowed'],
  ['name of an anchor', 'SPEC_YAML_ANCHOR', 'a text that begins with `&` needs quotes'],
  ['name of an alias', 'SPEC_YAML_ALIAS', 'a text that begins with `*` needs quotes'],
  ['alias node should not', 'SPEC_YAML_ALIAS', 'aliases (`*name`) are not allowed'],
  ['directive', 'SPEC_YAML_DIRECTIVE', 'directives are not allowed', 'remove the line'],
  ['duplication of %YAML', 'SPEC_YAML_DIRECTIVE', 'directives are not allowed', 'remove the line'],
  ['YAML directive', 'SPEC_YAML_DIRECTIVE', 'directives are not allowed', 'remove the line'],
  ['TAG directive', 'SPEC_YAML_DIRECTIVE', 'directives are not allowed', 'remove the line'],
  ['ill-formed', 'SPEC_YAML_DIRECTIVE', 'directives are not allowed', 'remove the line'],
  ['unacceptable YAML', 'SPEC_YAML_DIRECTIVE', 'directives are not allowed', 'remove the line'],
  ['there is a previously', 'SPEC_YAML_DIRECTIVE', 'directives are not allowed', 'remove the line'],
];

const tagReason = /\btag\b/;

export function explainSyntax(text: string, error: YAMLException): SyntaxFault {
  const position = Math.min(error.mark?.position ?? 0, text.length);
  const clue = findClue(text, position, error.reason);
  if (clue !== undefined) return clue;
  const row = explanations.find(([reason]) => error.reason.startsWith(reason));
  if (row !== undefined) {
    const [, code, message, hint] = row;
    return { code, message, ...(hint === undefined ? {} : { hint }), position };
  }
  if (tagReason.test(error.reason)) {
    return {
      code: 'SPEC_YAML_TAG',
      message: 'tags (`!name`) are not allowed',
      hint: 'remove the tag; a text that begins with `!` needs quotes',
      position,
    };
  }
  return { code: 'SPEC_YAML_SYNTAX', message: error.reason, position };
}
