/** The TARS text format: what is printed is read again as it was, by us and by Tars.js. */

import { createRequire } from 'node:module';
import { fc } from '../../support/seeded-property.ts';
import { describe, expect, test } from 'vitest';
import { checkConfigTags, checkConfigText } from '../../../tars/config/check-config-text.ts';
import {
  mergeSections,
  parseConfigText,
  printConfigText,
  type Section,
} from '../../../tars/config/config-text.ts';

interface TarsJsConfig {
  parseText(text: string): boolean;
  readonly data: unknown;
}

const require = createRequire(import.meta.url);
const { Config: TarsJs } = require('@tars/utils') as {
  Config: new () => TarsJsConfig;
};

function section(values: [string, string][], sections: [string, Section][] = []): Section {
  return { values: new Map(values), sections: new Map(sections) };
}

describe('texts as people write them', () => {
  test.each<[name: string, text: string, printed: string]>([
    ['blanks around = go', 'a = 1\n\tb\t=\t2\r\n', 'a=1\nb=2\n'],
    ['an empty value is the bare key', 'a=\nb\n', 'a\nb\n'],
    ['only the first = separates', 'a=b=c\n', 'a=b=c\n'],
    ['escapes stay', 'a\\=b=c\nd=\\=\\s\\n\\\\\n', 'a\\=b=c\nd=\\=\\s\\n\\\\\n'],
    ['comments and blank lines go', '# x\n\n  # y\na=1 # stays\n', 'a=1 # stays\n'],
    ['the last value of a key wins, at its first place', 'a=1\nb=2\na=3\n', 'a=3\nb=2\n'],
    [
      'sections join and come behind keys',
      '<s>\na=1\n</s>\nk=1\n<s>\nb=2\n</s>\n',
      'k=1\n<s>\n  a=1\n  b=2\n</s>\n',
    ],
    ['a tag that is none is dropped', '<s\na=1\n</t>\n', 'a=1\n'],
    [
      'a section that is not closed ends with the text',
      '<s>\n<t>\na=1\n</s>\nb=1',
      'b=1\n<s>\n  <t>\n    a=1\n  </t>\n</s>\n',
    ],
  ])('%s', (_name, text, printed) => {
    expect(printConfigText(parseConfigText(text))).toBe(printed);
    expect(printConfigText(parseConfigText(printed))).toBe(printed);
  });

  test('thousands of sections inside each other are cut', () => {
    const text = '<a>\n'.repeat(20_000);
    const parsed = parseConfigText(text);
    expect(printConfigText(mergeSections(parsed, parsed)).split('<a>').length - 1).toBe(64);
  });
});

describe('what is wrong with a text', () => {
  const closed = (depth: number) => '<a>\n'.repeat(depth) + '</a>\n'.repeat(depth);
  const tag = 'a line that begins with `<` is `<name>` or `</name>` alone';

  test.each<[name: string, text: string, message: string, at: string]>([
    ['a tag without its end', '<a>\n  <b\n</a>\n', tag, '<b'],
    ['two tags in one line', '<a></a>\n', tag, '<a></a>'],
    ['a tag without a name', '< >\n', tag, '< >'],
    ['a section never closed', '<a>\nk=1\n', 'section <a> is never closed', '<a>'],
    [
      'an inner section never closed',
      '<a>\n<b>\n</a>',
      '</a> stands where </b> is expected',
      '</a>',
    ],
    [
      'another name',
      '<main>\r\n</mian>\r\n',
      '</mian> stands where </main> is expected',
      '</mian>',
    ],
    ['a section that is not open', 'k=1\n</a>\n', '</a> closes a section that is not open', '</a>'],
    ['an XML comment', '<!-- a -->\n', 'section <!-- a --> is never closed', '<!-- a -->'],
  ])('%s', (_name, text, message, at) => {
    const fault = { message, offset: text.indexOf(at), length: at.length };
    expect(checkConfigTags(text)).toEqual(fault);
    expect(checkConfigText(text)).toEqual(fault);
  });

  test('more sections inside each other than are read', () => {
    expect(checkConfigTags(closed(64))).toBeUndefined();
    const message = 'more than 64 sections inside each other';
    expect(checkConfigTags(closed(65))).toEqual({ message, offset: 64 * 4, length: 3 });
  });

  test.each([
    ['no text', ''],
    ['sections', '# <x\n<a>\n\t< b >\n k=<1\n</b>\n</a>\n<a>\n</a>\n'],
  ])('nothing: %s', (_name, text) => {
    expect(checkConfigTags(text)).toBeUndefined();
    expect(checkConfigText(text)).toBeUndefined();
  });

  test.each([
    ['a value that ends in >', 'from=Shop <shop@example.org>\n'],
    ['a section as in ini files', '[limits]\n'],
    ['a value without a key', '<a>\n = 1\n</a>\n'],
  ])('for a strict reader alone: %s', (_name, text) => {
    expect(checkConfigTags(text)).toBeUndefined();
    expect(checkConfigText(text)).toBeDefined();
  });
});

describe('values that no text said', () => {
  test.each([
    ['a line break', 'a\r\nb', 'k=a\\r\\nb\n'],
    ['blanks at both ends', ' a b\t', 'k=\\sa b\\t\n'],
    ['=', 'a=b', 'k=a=b\n'],
    ['a backslash', 'C:\\new', 'k=C:\\new\n'],
    ['what looks like a tag', '<a', 'k=<a\n'],
  ])('with %s stay in their line', (_name, value, printed) => {
    expect(printConfigText(section([['k', value]]))).toBe(printed);
  });
});

/** Words and blanks as the format can hold them without an escape. */
const plainText = fc
  .array(fc.constantFrom('a', 'b', '1', ' ', '.', '-', '/', ':', '\\s', '\\n', 'é', '#', '$', '<'))
  .map((parts) => parts.join('').trim());
const keys = plainText.filter((key) => key !== '' && !/^[<#]/.test(key));
const names = fc.constantFrom('tars', 'main', 'App.Server.ObjAdapter', 'x y', 'S1');
const values = fc.tuple(plainText, fc.constantFrom('', '=', '=x')).map((parts) => parts.join(''));
const { tree } = fc.letrec<{ tree: Section }>((tie) => ({
  tree: fc
    .tuple(
      fc.array(fc.tuple(keys, values), { maxLength: 4 }),
      fc.oneof(
        { maxDepth: 3 },
        fc.constant([]),
        fc.array(fc.tuple(names, tie('tree')), { maxLength: 3 }),
      ),
    )
    .map(([pairs, inner]) => section(pairs, inner as [string, Section][])),
}));

test('what is printed is read as it was', () => {
  let pairs = 0;
  fc.assert(
    fc.property(tree, (one) => {
      const printed = printConfigText(one);
      expect(parseConfigText(printed)).toEqual(one);
      expect([...parseConfigText(printed).values]).toEqual([...one.values]);
      expect(checkConfigText(printed)).toBeUndefined();
      pairs += one.values.size;
    }),
  );
  expect(pairs).toBeGreaterThan(50);
});

test('whatever keys and values hold, each stays in its line', () => {
  const anyKey = fc.string({ minLength: 1 }).filter((key) => !/^\s*([<#]|$)|\\$/.test(key));
  fc.assert(
    fc.property(fc.uniqueArray(anyKey), fc.string(), (all, value) => {
      const one = section(
        all.map((key) => [key, value]),
        [['inner', section([['k', value]])]],
      );
      const printed = printConfigText(one);
      expect(printed.split('\n').length).toBe(all.length + 4);
      const read = parseConfigText(printed);
      expect([...read.sections.keys()]).toEqual(['inner']);
      expect(printConfigText(read)).toBe(printed);
      const hasNoEscapes = !/\\|\s/.test(value) && all.every((key) => !/\\|\s|=/.test(key));
      if (hasNoEscapes) expect(read).toEqual(one);
    }),
  );
});

test('merging: a section with nothing changes nothing, and what is above wins', () => {
  fc.assert(
    fc.property(tree, tree, (under, over) => {
      expect(mergeSections(under, section([]))).toEqual(under);
      expect(mergeSections(section([]), over)).toEqual(over);
      const merged = mergeSections(under, over);
      for (const [key, value] of over.values) expect(merged.values.get(key)).toBe(value);
      // The same as one text behind the other.
      const joined = parseConfigText(printConfigText(under) + printConfigText(over));
      expect(merged).toEqual(joined);
    }),
  );
});

test('Tars.js reads what we print', () => {
  fc.assert(
    fc.property(tree, (one) => {
      const config = new TarsJs();
      expect(config.parseText(printConfigText(one))).toBe(true);
      expect(config.data).toEqual(asTarsJs(one));
    }),
  );
});

/** A key and a section of one name are one property there. */
function asTarsJs({ values: own, sections }: Section): unknown {
  const data = Object.fromEntries(
    Array.from(own, ([key, value]) => [key, value === '' ? undefined : value]),
  );
  for (const [name, inner] of sections) data[name] = asTarsJs(inner) as string;
  return data;
}
