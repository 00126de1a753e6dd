/** Says whether a text is proper TARS configuration, more strictly than the lenient parser does. */

export interface ConfigTextVerdict {
  readonly isValid: boolean;
  /** `ok`, or the first fault with its line. */
  readonly message: string;
}

/** Every section is closed, in order, by a tag of its own name. An empty text is proper. */
export function checkConfigText(text: string): ConfigTextVerdict {
  const open: { readonly name: string; readonly line: number }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.trim();
    const line = index + 1;
    if (!content.startsWith('<')) continue;
    const tag = /^<(\/?)([^<>]+)>$/.exec(content);
    if (tag === null) return fault(line, `"${content.slice(0, 64)}" is no tag`);
    const name = (tag[2] ?? '').trim();
    if (tag[1] !== '/') {
      open.push({ name, line });
      continue;
    }
    const innermost = open.pop();
    if (innermost === undefined) return fault(line, `</${name}> closes nothing`);
    if (innermost.name !== name) {
      return fault(line, `</${name}> closes <${innermost.name}> of line ${innermost.line}`);
    }
  }
  const left = open.at(-1);
  return left === undefined
    ? { isValid: true, message: 'ok' }
    : fault(left.line, `<${left.name}> is never closed`);
}

function fault(line: number, what: string): ConfigTextVerdict {
  return { isValid: false, message: `line ${line}: ${what}` };
}
