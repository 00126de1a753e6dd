/** The configuration files of a service on each of its nodes. */

import type { RenderedFile } from '../desired-state.ts';
import type { ObjectOf } from '../kind-of.ts';
import type { Fault, FaultPlace } from '../fault.ts';
import { joinLevels } from './join-config-files.ts';
import { placeOf, refOf, type FaultList } from './outcome.ts';
import type { Candidate } from './rendezvous.ts';
import type { FilesByNode } from './render-service.ts';
import type { ConfigText } from './resolve-config-unit.ts';
import type { ConfigEntry, ConfigGroup } from './config-groups.ts';
import type { ServiceContext } from './service-unit.ts';

interface FileInput {
  readonly object: ObjectOf<'Service'>;
  readonly nodes: readonly Candidate[];
  readonly appConfigs: ConfigGroup;
  readonly serviceConfigs: ConfigGroup;
}

export interface ServiceFiles {
  readonly byNode: FilesByNode;
  /** A fault depends on the names of files that are not used. */
  readonly volatile: boolean;
}

/** Formats in which two texts behind each other are no text of that format. */
const oneRootOnly = /\.(json|ya?ml|xml)$/i;

export function renderFiles(
  input: FileInput,
  context: ServiceContext,
  list: FaultList,
): ServiceFiles {
  const variants: readonly (string | undefined)[] = [undefined, ...findOwnNodes(input)];
  const byNode = new Map(variants.map((node) => [node, [] as RenderedFile[]]));
  let volatile = false;
  for (const [position, fileName] of input.object.value.spec.configs.entries()) {
    let found = false;
    for (const node of variants) {
      const levels = levelsOf(fileName, node, input);
      if (levels.length === 0) continue;
      found = true;
      for (const { outcome } of levels) if (!outcome.ok) list.dependsOn(outcome.hold);
      const texts = levels.flatMap(({ outcome }) => (outcome.ok ? [outcome.value] : []));
      warnJoined(fileName, texts, list);
      byNode.get(node)?.push(joinLevels(fileName, texts));
    }
    if (found) continue;
    volatile = true;
    addMissingFile(position, fileName, { input, context, list });
  }
  for (const files of byNode.values()) {
    files.sort((left, right) => (left.path < right.path ? -1 : 1));
  }
  return { byNode, volatile };
}

/** Nodes that have a level of their own in a file that the service asks for. */
function findOwnNodes({ object, nodes, serviceConfigs }: FileInput): Set<string> {
  const wanted = new Set(object.value.spec.configs);
  const own = new Set<string>();
  for (const { fileName, node } of serviceConfigs) {
    if (node === undefined || !wanted.has(fileName)) continue;
    if (nodes.some(({ name }) => name === node)) own.add(node);
  }
  return own;
}

/** From the widest to the narrowest. */
function levelsOf(
  fileName: string,
  ofNode: string | undefined,
  { appConfigs, serviceConfigs }: FileInput,
): readonly ConfigEntry[] {
  const named = [...appConfigs, ...serviceConfigs].filter((entry) => entry.fileName === fileName);
  const wide = named.filter(({ node }) => node === undefined);
  if (ofNode === undefined) return wide;
  return [...wide, ...named.filter(({ node }) => node === ofNode)];
}

/** Told at the narrowest level, which is the one that a person added last. */
function warnJoined(fileName: string, levels: readonly ConfigText[], list: FaultList): void {
  const [first] = levels;
  const last = levels.at(-1);
  if (first === undefined || last === undefined || first === last) return;
  if (!oneRootOnly.test(fileName)) return;
  const place = placeOf(last.object, '/spec/fileName');
  if (list.faults.some((fault) => fault.place.path === place.path && isSamePlace(fault, place))) {
    return;
  }
  list.faults.push({
    code: 'SPEC_CONFIG_JOINED',
    severity: 'warning',
    message: `${fileName} of ${last.object.value.spec.scope.service} is joined from ${levels.length} levels, which makes no valid file`,
    place,
    object: refOf(last.object),
    hint: 'levels are written one behind the other: keep a file of this format at one level',
    related: [
      {
        place: placeOf(first.object, '/spec/fileName'),
        message: 'the text before it is from here',
      },
    ],
  });
}

function isSamePlace({ code, place }: Fault, other: FaultPlace): boolean {
  return code === 'SPEC_CONFIG_JOINED' && place.documentIndex === other.documentIndex;
}

interface MissingFile {
  readonly input: FileInput;
  readonly context: ServiceContext;
  readonly list: FaultList;
}

/** A held Config, or a file that cannot be read, may be what is missing: then it is to blame. */
function addMissingFile(
  position: number,
  fileName: string,
  { input, context, list }: MissingFile,
): void {
  const { heldFiles } = context.configs;
  const hold =
    heldFiles.get(fileName) ?? heldFiles.get('*') ?? context.index.trouble.unreadableHold;
  if (hold !== undefined) {
    list.dependsOn(hold);
    return;
  }
  const known = new Map<string, ConfigEntry>();
  for (const entry of [...input.appConfigs, ...input.serviceConfigs]) {
    known.set(entry.fileName, entry);
  }
  const service = input.object.name;
  const message = `no Config describes ${fileName} for ${service}`;
  list.add('SPEC_MISSING_REFERENCE', `/spec/configs/${position}`, message, {
    ...context.suggest(fileName, known),
    hint: 'names of files, not of Config objects: `fileName` of a Config for this service or its application',
  });
}
