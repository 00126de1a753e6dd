/**
 * Runs a lookup scenario that people can read: lines that describe a fleet, and questions behind `?`.
 * The text comes back with the full answer, behind `=`, under every question.
 */

import { endpointFields } from '../../../registry/lookup/endpoint-fields.ts';
import { LookupIndex } from '../../../registry/lookup/lookup-index.ts';
import type {
  AnsweredEndpoint,
  LookupAnswer,
  LookupEndpoint,
} from '../../../registry/lookup/lookup-model.ts';
import type { IdcGroup, Station } from '../../../spec/desired-state.ts';

type Options = ReadonlyMap<string, string>;

/** `text` may hold answers of an earlier run: they are made anew. */
export function runLookupScenario(text: string): string {
  const scenario = new Scenario();
  const lines = text.trimEnd().split('\n');
  const written = lines.filter((line) => !line.startsWith('= '));
  return `${written.flatMap((line) => [line, ...scenario.read(line)]).join('\n')}\n`;
}

class Scenario {
  readonly #index = new LookupIndex();
  readonly #groups: IdcGroup[] = [];
  readonly #stations: Station[] = [];
  #name = '';
  readonly #endpoints = new Map<string, LookupEndpoint[]>();

  /** The lines that answer this one. */
  read(line: string): readonly string[] {
    const words = line.split('#')[0]?.trim().split(/\s+/) ?? [];
    const [first = '', ...rest] = words;
    if (first === '') return [];
    if (line.startsWith('  ')) this.#addEndpoint(first, rest);
    else if (first === 'group') this.#addGroup(rest);
    else if (first === 'station') this.#addStation(rest);
    else if (first === 'object') this.#addObject(rest);
    else if (first === '?') return this.#ask(rest);
    else throw new Error(`unknown line: ${line}`);
    return [];
  }

  #addGroup([id = '', name = '', ...rest]: readonly string[]): void {
    const options = optionsOf(rest);
    this.#groups.push({
      id: Number(id),
      name,
      dataCenter: 'd1',
      allow: options.get('allow')?.split(',') ?? [],
      deny: options.get('deny')?.split(',') ?? [],
      order: options.get('order') === 'deny-allow' ? 'deny-allow' : 'allow-deny',
    });
    this.#index.setTopology({ groups: this.#groups, stations: this.#stations });
  }

  #addStation([name = '', ...rest]: readonly string[]): void {
    const options = optionsOf(rest);
    const groups = options.get('groups')?.split(',').map(Number) ?? [];
    this.#stations.push({ name, groups, priority: Number(options.get('priority') ?? 1) });
    this.#index.setTopology({ groups: this.#groups, stations: this.#stations });
  }

  #addObject([name = '']: readonly string[]): void {
    this.#name = name;
    this.#endpoints.set(name, []);
    this.#put();
  }

  #addEndpoint(host: string, [port = '', ...rest]: readonly string[]): void {
    const options = optionsOf(rest);
    const node = options.get('node') ?? `node-${host}`;
    const set = options.get('set');
    const group = options.get('group');
    this.#endpoints.get(this.#name)?.push({
      instance: `${this.#name.slice(0, this.#name.lastIndexOf('.'))}@${node}`,
      node,
      host,
      port: Number(port),
      timeoutMs: Number(options.get('timeout') ?? 60_000),
      transport: options.has('udp') ? 'udp' : options.has('ssl') ? 'ssl' : 'tcp',
      weight: Number(options.get('weight') ?? 100),
      authenticated: options.has('auth'),
      grouped: options.has('grouped'),
      active: !options.has('inactive'),
      ...(set === undefined ? {} : { set }),
      ...(group === undefined ? {} : { group }),
    });
    this.#put();
  }

  #put(): void {
    this.#index.put({ name: this.#name, endpoints: [...(this.#endpoints.get(this.#name) ?? [])] });
  }

  #ask([question = '', ...words]: readonly string[]): readonly string[] {
    const options = optionsOf(words);
    const [name = ''] = words;
    const caller = options.get('from');
    const index = this.#index;
    switch (question) {
      case 'group-of':
        return [`= group ${index.groupOf(name)}`];
      case 'by-id':
        return index.byId(name).map((endpoint) => `= ${fieldsOf(endpoint)}`);
      case 'any':
        return answerLines(index.any(name));
      case 'all':
        return answerLines(index.all(name, caller));
      case 'same-group':
        return answerLines(index.inSameGroup(name, caller));
      case 'same-station':
        return answerLines(index.inSameStation(name, options.get('station') ?? ''));
      case 'same-set':
        return answerLines(index.inSameSet(name, options.get('set') ?? '', caller));
      default:
        throw new Error(`unknown question: ${question}`);
    }
  }
}

/** `set=a.b.c` and bare words. */
function optionsOf(words: readonly string[]): Options {
  return new Map(
    words.map((word) => {
      const [key = '', value = ''] = word.split('=');
      return [key, value];
    }),
  );
}

function answerLines({ ret, active, inactive }: LookupAnswer): readonly string[] {
  return [
    `= ret ${ret}`,
    ...active.map((endpoint) => `= active   ${fieldsOf(endpoint)}`),
    ...inactive.map((endpoint) => `= inactive ${fieldsOf(endpoint)}`),
  ];
}

/** Every field that can differ. */
function fieldsOf(endpoint: AnsweredEndpoint): string {
  const { host, port, timeout, istcp, groupworkid, grouprealid, ...rest } =
    endpointFields(endpoint);
  return [
    `${host} ${port} istcp=${istcp} timeout=${timeout} work=${groupworkid} real=${grouprealid}`,
    `set=${rest.setId} weight=${rest.weight}/${rest.weightType} auth=${rest.authType} ${rest.nodeName}`,
  ].join(' ');
}
