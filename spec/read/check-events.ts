/** Finds what our language leaves out of YAML: anchors, aliases, tags, directives, tabs. */

import { EVENT_ID, type Event } from 'js-yaml';
import type { Chunk } from './parse-stream.ts';
import { faultsPerDocumentMax, type YamlFault } from './yaml-fault.ts';

type Wording = Pick<YamlFault, 'code' | 'message' | 'hint'>;

const absent = -1;

const anchor: Wording = {
  code: 'SPEC_YAML_ANCHOR',
  message: 'anchors (`&name`) are not allowed',
  hint: 'remove it: every object is written out, so that it can be read on its own; a text that begins with `&` needs quotes',
};
const alias: Wording = {
  code: 'SPEC_YAML_ALIAS',
  message: 'aliases (`*name`) are not allowed',
  hint: 'write the value out; nodes that are alike go into a NodeSet; a text that begins with `*` needs quotes',
};
const tag: Wording = {
  code: 'SPEC_YAML_TAG',
  message: 'tags (`!name`) are not allowed',
  hint: 'remove the tag; a text that begins with `!`, and a number that is meant as text, needs quotes',
};
const directive: Wording = {
  code: 'SPEC_YAML_DIRECTIVE',
  message: 'directives (`%YAML`, `%TAG`) are not allowed',
  hint: 'remove the line',
};
const tab: Wording = {
  code: 'SPEC_YAML_TAB',
  message: 'a tab stands where spaces belong',
  hint: 'use spaces; inside quotes write \\t',
};

export function checkEvents({ text, base, events, firstDocument }: Chunk): YamlFault[] {
  const faults: YamlFault[] = [];
  let documentIndex = firstDocument - 1;
  const add = (wording: Wording, start: number, end: number) => {
    if (faults.length >= faultsPerDocumentMax) return;
    faults.push({ ...wording, range: { start: base + start, end: base + end }, documentIndex });
  };
  for (const event of events) {
    if (event.type === EVENT_ID.POP) continue;
    if (event.type === EVENT_ID.DOCUMENT) {
      documentIndex += 1;
      if (event.directives.length > 0) add(directive, ...findDirective(text));
    } else if (event.type === EVENT_ID.ALIAS) {
      add(alias, event.anchorStart - 1, event.anchorEnd);
    } else {
      if (event.anchorStart !== absent) add(anchor, event.anchorStart - 1, event.anchorEnd);
      if (event.tagStart !== absent) add(tag, event.tagStart, event.tagEnd);
    }
  }
  if (text.includes('\t')) {
    documentIndex = firstDocument;
    const position = findTab(text, events);
    if (position !== undefined) add(tab, position, position + 1);
  }
  return faults;
}

/** Events do not say where a directive stands, so the first line that looks like one is it. */
function findDirective(text: string): [start: number, end: number] {
  const match = /^%[^\r\n]*/m.exec(text);
  return match === null ? [0, 1] : [match.index, match.index + match[0].length];
}

/** The first tab that is neither in a value nor in a comment. */
function findTab(text: string, events: readonly Event[]): number | undefined {
  let position = 0;
  for (const event of events) {
    if (event.type !== EVENT_ID.SCALAR || event.valueStart === absent) continue;
    const found = findTabInGap(text, position, event.valueStart);
    if (found !== undefined) return found;
    position = Math.max(position, event.valueEnd);
  }
  return findTabInGap(text, position, text.length);
}

const comment = /(?<=^|\s)#[^\r\n]*/gm;

function findTabInGap(text: string, start: number, end: number): number | undefined {
  const gap = text.slice(start, end);
  if (!gap.includes('\t')) return undefined;
  const at = gap.replace(comment, (found) => ' '.repeat(found.length)).indexOf('\t');
  return at === -1 ? undefined : start + at;
}
