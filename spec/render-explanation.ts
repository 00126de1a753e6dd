/** Explanations of kinds and fields as `tarsctl explain` prints them. */

import { dump } from 'js-yaml';
import { explain, listKinds, type ExplainedField, type Explanation } from './explain.ts';
import { plainTextStyle, type TextStyle } from './wording/text-style.ts';
import { writeInline } from './validate/wording.ts';

export function renderKinds(style: TextStyle = plainTextStyle): string {
  const kinds = listKinds();
  const width = Math.max(...kinds.map(({ kind }) => kind.length));
  const rows = kinds.map(
    ({ kind, description }) => `${style.strong(kind.padEnd(width))}   ${description}`,
  );
  return [...rows, '', 'Next:  tarsctl explain Service'].join('\n');
}

/** One field with those below it. */
export function renderExplanation(
  { path, self, list, fields }: Extract<Explanation, { state: 'found' }>,
  style: TextStyle = plainTextStyle,
): string {
  const lines = [`${style.strong(path)}   ${summary(self)}`, self.description];
  if (fields.length > 0) lines.push('', style.faint(list ? 'fields of each item' : 'fields'));
  for (const field of fields) lines.push(...renderField(field, style));
  if (self.examples.length > 0) {
    lines.push('', style.faint(self.examples.length === 1 ? 'example' : 'examples'));
    lines.push(self.examples.map((example) => writeBlock(path, self.name, example)).join('\n\n'));
  }
  const nested = fields.find((field) => field.nested && field.name !== 'metadata');
  if (nested !== undefined) lines.push('', `Next:  tarsctl explain ${path}.${nested.name}`);
  return lines.join('\n');
}

function renderField(field: ExplainedField, style: TextStyle): string[] {
  const more = field.nested ? style.faint(' …') : '';
  const lines = [
    `  ${style.accent(field.name)}${more}   ${summary(field)}`,
    `      ${field.description}`,
  ];
  const [example] = field.examples;
  if (example !== undefined && !field.nested) {
    lines.push(style.faint(`      ${field.name}: ${writeInline(example)}`));
  }
  return lines;
}

/** `a string, required` or `a whole number from 1 to 100, default 5`. */
function summary({ type, required, default: value, defaultFrom }: ExplainedField): string {
  if (required) return `${type}, required`;
  if (value !== undefined) return `${type}, default ${value}`;
  if (defaultFrom === undefined) return type;
  const source = explain(defaultFrom);
  const fallback = source.state === 'found' ? source.self.default : undefined;
  return `${type}, default: that of ${defaultFrom}${fallback === undefined ? '' : ` (${fallback})`}`;
}

/** As it would stand in a file; the example of a kind is a whole document. */
function writeBlock(path: string, name: string, example: unknown): string {
  const value = path.includes('.') ? { [name]: example } : example;
  return dump(value, { lineWidth: 100 }).trimEnd().replaceAll(/^/gm, '  ');
}
