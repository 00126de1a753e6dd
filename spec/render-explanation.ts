/** Explanations of fields as `tarsctl explain` prints them. */

import { dump } from 'js-yaml';
import { explain, listKinds, type ExplainedField, type Explanation } from './explain.ts';
import { plainFaultStyle, type FaultStyle } from './fault-output/fault-style.ts';
import { writeInline } from './validate/wording.ts';

/** Text for one field with those below it; without a path, the list of kinds. */
export function renderExplanation(path = '', style: FaultStyle = plainFaultStyle): string {
  if (path === '') return renderKinds(style);
  const found = explain(path);
  return found.state === 'unknown' ? renderUnknown(found, style) : renderFound(found, style);
}

function renderKinds(style: FaultStyle): string {
  const kinds = listKinds();
  const width = Math.max(...kinds.map(({ kind }) => kind.length));
  const rows = kinds.map(
    ({ kind, description }) => `  ${style.accent(kind.padEnd(width))}  ${description}`,
  );
  return [
    style.strong('Kinds'),
    '',
    ...rows,
    '',
    style.faint('More: tarsctl explain Service, tarsctl explain Service.spec.rollout'),
  ].join('\n');
}

function renderUnknown(
  { path, part, known, meant }: Extract<Explanation, { state: 'unknown' }>,
  style: FaultStyle,
): string {
  const where = path === part ? 'there is no kind' : `there is no field ${path}:`;
  const at = path.slice(0, Math.max(0, path.length - part.length));
  const lines = [`${style.bad(where)} \`${part}\``];
  if (meant !== undefined) lines.push(`did you mean tarsctl explain ${at}${meant}?`);
  lines.push(known.length === 0 ? 'it has no fields' : `known here: ${known.join(', ')}`);
  return lines.join('\n');
}

function renderFound(
  { path, self, list, fields }: Extract<Explanation, { state: 'found' }>,
  style: FaultStyle,
): string {
  const lines = [
    `${style.strong(path)}  ${style.faint(summary(self))}`,
    '',
    `  ${self.description}`,
  ];
  if (fields.length > 0) lines.push('', style.strong(list ? 'Fields of each item' : 'Fields'));
  for (const field of fields) lines.push('', ...renderField(field, style));
  if (self.examples.length > 0) {
    lines.push('', style.strong(self.examples.length === 1 ? 'Example' : 'Examples'));
    for (const example of self.examples) lines.push('', ...writeBlock(path, self.name, example));
  }
  const nested = fields.findLast((field) => field.nested);
  if (nested !== undefined) {
    lines.push('', style.faint(`More: tarsctl explain ${path}.${nested.name}`));
  }
  return lines.join('\n');
}

function renderField(field: ExplainedField, style: FaultStyle): string[] {
  const name = style.accent(field.name) + (field.nested ? ' …' : '');
  const lines = [`  ${name}  ${style.faint(summary(field))}`, `      ${field.description}`];
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
  return `${type}, default ${defaultFrom}${fallback === undefined ? '' : ` (${fallback})`}`;
}

/** As it would stand in a file; the example of a kind is a whole document. */
function writeBlock(path: string, name: string, example: unknown): string[] {
  const value = path.includes('.') ? { [name]: example } : example;
  return dump(value, { lineWidth: 100 })
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);
}
