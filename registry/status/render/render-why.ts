/** `tarsctl why`: the verdict, the facts for and against it, and what to do next. */

import type { WhyFact, WhyResource } from '../resources.ts';
import { cleanLine } from './clean-text.ts';
import { sinceText } from './sentences.ts';
import type { TextStyle } from '../../../spec/wording/text-style.ts';
import type { RenderOptions } from './style.ts';

const symbols: Readonly<Record<WhyFact['mark'], string>> = {
  ok: '✔',
  bad: '✗',
  wait: '◎',
  info: ' ',
};

export function renderWhy(why: WhyResource, options: RenderOptions): string {
  const { style, now } = options;
  const since = sinceText(why.since, now);
  const paint = why.fine ? style.good : style.bad;
  const head = `${style.strong(cleanLine(why.name))}   ${paint(why.verdict)}: ${cleanLine(why.reason)}${since}`;
  const lines = [head, `  ${cleanLine(why.message)}`, ...factLines(why.facts, style)];
  why.next.forEach((step, index) => {
    lines.push(`${index === 0 ? 'Next: ' : '      '} ${style.accent(cleanLine(step))}`);
  });
  return `${lines.join('\n')}\n`;
}

function factLines(facts: readonly WhyFact[], style: TextStyle): readonly string[] {
  const width = Math.max(0, ...facts.map(({ label }) => cleanLine(label).length));
  return facts.map(({ mark, label, text }) => {
    const paint = { ok: style.good, bad: style.bad, wait: style.warn, info: style.faint }[mark];
    return `  ${paint(symbols[mark])} ${style.faint(cleanLine(label).padEnd(width))}   ${cleanLine(text)}`;
  });
}
