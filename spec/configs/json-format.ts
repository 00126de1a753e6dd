/** JSON, merged object by object. */

import { readJson, type JsonObject, type JsonTree } from './read-json.ts';
import type { TextFormat } from './text-format.ts';

export const jsonFormat: TextFormat = {
  name: 'JSON',
  check: (text) => {
    const read = readJson(text);
    return read.ok ? undefined : read.fault;
  },
  merge: (texts) => {
    const trees = texts.flatMap((text) => {
      const read = readJson(text);
      return read.ok ? [read.tree] : [];
    });
    return `${printJson(trees.reduce(mergeTrees), '')}\n`;
  },
};

function mergeTrees(under: JsonTree, over: JsonTree): JsonTree {
  if (!isObject(under) || !isObject(over)) return over;
  const merged = new Map(under);
  for (const [key, value] of over) {
    const below = merged.get(key);
    merged.set(key, below === undefined ? value : mergeTrees(below, value));
  }
  return merged;
}

function printJson(tree: JsonTree, indent: string): string {
  if (typeof tree === 'string') return tree;
  const inner = `${indent}  `;
  if (isObject(tree)) {
    const lines = Array.from(
      tree,
      ([key, value]) => `${inner}${JSON.stringify(key)}: ${printJson(value, inner)}`,
    );
    return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
  }
  const lines = tree.map((value) => inner + printJson(value, inner));
  return lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n${indent}]`;
}

function isObject(tree: JsonTree): tree is JsonObject {
  return tree instanceof Map;
}
