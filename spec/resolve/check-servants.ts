/** Checks the servants of one service against each other, and the places that name their ports. */

import type { ObjectOf } from '../kind-of.ts';
import { placeOf, type FaultList } from './outcome.ts';
import type { Suggest } from './suggestions.ts';

export function checkServants(
  object: ObjectOf<'Service'>,
  list: FaultList,
  suggest: Suggest,
): void {
  const names = new Map<string, number>();
  const ports = new Map<number, number>();
  for (const [position, { name, port }] of object.value.spec.servants.entries()) {
    const pointer = `/spec/servants/${position}`;
    const sameName = names.get(name);
    if (sameName === undefined) names.set(name, position);
    else {
      const place = placeOf(object, `/spec/servants/${sameName}/name`);
      list.add('SPEC_DUPLICATE_SERVANT', `${pointer}/name`, `two servants are named ${name}`, {
        related: [{ place, message: 'the other one is here' }],
      });
    }
    if (port === 'auto') continue;
    const samePort = ports.get(port);
    if (samePort === undefined) ports.set(port, position);
    else {
      const place = placeOf(object, `/spec/servants/${samePort}/port`);
      list.add('SPEC_PORT_CLASH', `${pointer}/port`, `two servants ask for port ${port}`, {
        hint: 'give one of them another port, or `port: auto`',
        related: [{ place, message: 'the other one is here' }],
      });
    }
  }
  checkPortMacros(object, names, { list, suggest });
}

function checkPortMacros(
  object: ObjectOf<'Service'>,
  names: ReadonlyMap<string, number>,
  { list, suggest }: { readonly list: FaultList; readonly suggest: Suggest },
): void {
  const { run } = object.value.spec;
  const texts: readonly (readonly [pointer: string, text: string | number | undefined])[] = [
    ['start', run.start],
    ['stop', run.stop],
    ['monitor/tcp', run.monitor?.tcp],
    ['monitor/http', run.monitor?.http],
    ['monitor/script', run.monitor?.script],
    ['hooks/preStart', run.hooks.preStart],
    ['hooks/postStop', run.hooks.postStop],
  ];
  for (const [pointer, text] of texts) {
    if (typeof text !== 'string' || !text.includes('${port.')) continue;
    for (const [macro, name = ''] of text.matchAll(/\$\{port\.([^}]*)\}/g)) {
      if (names.has(name)) continue;
      const message = `${macro} names no servant of this service`;
      const known = [...names.keys()];
      list.add('SPEC_MISSING_REFERENCE', `/spec/run/${pointer}`, message, {
        ...suggest(name, names),
        hint: known.length === 0 ? 'the service has no servants' : `servants: ${known.join(', ')}`,
      });
    }
  }
}
