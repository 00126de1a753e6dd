/** The configuration files of a service on each of its nodes: written before start, and served. */

import type { ConfigLevel, RenderedFile, ServedFile } from '../desired-state.ts';
import type { ObjectOf } from '../kind-of.ts';
import { ConfigLevels, type LeveledConfig, type Variant } from './config-levels.ts';
import type { ConfigEntry, ConfigFile, ConfigGroup } from './config-groups.ts';
import type { InstanceTexts, TextsByNode } from './instance-texts.ts';
import { joinLevels, type JoinedFile } from './join-config-files.ts';
import type { FaultList } from './outcome.ts';
import type { Placed } from './place-service.ts';
import type { ServiceContext } from './service-unit.ts';
import { warnJoinedLevels } from './warn-joined-configs.ts';

interface FileInput {
  readonly object: ObjectOf<'Service'>;
  readonly nodes: readonly Placed[];
  readonly appConfigs: ConfigGroup;
  readonly serviceConfigs: ConfigGroup;
}

export interface ServiceFiles {
  readonly byNode: TextsByNode;
  /** A fault depends on the names of files that are not used. */
  readonly volatile: boolean;
}

export function renderFiles(
  input: FileInput,
  context: ServiceContext,
  list: FaultList,
): ServiceFiles {
  const renderer = new Renderer(input, context, list);
  const everywhere = renderer.render({});
  const byNode = new Map<string | undefined, InstanceTexts>([[undefined, everywhere]]);
  for (const placed of input.nodes) {
    const texts = renderer.renderOn(placed);
    if (texts !== everywhere) byNode.set(placed.name, texts);
  }
  return { byNode, volatile: renderer.findMissing() };
}

class Renderer {
  readonly #input: FileInput;
  readonly #context: ServiceContext;
  readonly #list: FaultList;
  readonly #levels: ConfigLevels;
  /** Files that the service lists. */
  readonly #listed: ReadonlySet<string>;
  readonly #isServed: boolean;
  readonly #fileNames: readonly string[];
  readonly #found = new Set<string>();
  readonly #rendered = new Map<string, InstanceTexts>();
  /** By file and levels: most nodes have levels of their own in few of their files. */
  readonly #joined = new Map<string, JoinedFile>();

  constructor(input: FileInput, context: ServiceContext, list: FaultList) {
    const { configs, type } = input.object.value.spec;
    this.#input = input;
    this.#context = context;
    this.#list = list;
    this.#listed = new Set(configs);
    this.#isServed = type !== 'process';
    const isWanted = (fileName: string) => this.#isServed || this.#listed.has(fileName);
    this.#levels = new ConfigLevels([input.appConfigs, input.serviceConfigs], isWanted);
    this.#fileNames = this.#levels.fileNames.toSorted();
  }

  renderOn(placed: Placed): InstanceTexts {
    const { key, variant } = this.#levels.variantOf(placed);
    return this.#rendered.get(key) ?? this.#render(key, variant);
  }

  render(variant: Variant): InstanceTexts {
    return this.#render(' ', variant);
  }

  #render(key: string, variant: Variant): InstanceTexts {
    const files: RenderedFile[] = [];
    const served: ServedFile[] = [];
    for (const fileName of this.#fileNames) {
      const levels = this.#levels.find(fileName, variant);
      if (levels.length === 0) continue;
      this.#found.add(fileName);
      const sound = this.#soundOf(levels);
      const joined = this.#join(fileName, sound);
      if (this.#listed.has(fileName)) files.push({ path: fileName, ...joined });
      if (this.#isServed) served.push(this.#serve(fileName, sound, joined));
    }
    const texts = served.length > 0 ? { files, served } : { files };
    this.#rendered.set(key, texts);
    return texts;
  }

  /** What is held holds the service, so that what is missing here never takes effect. */
  #soundOf(levels: readonly LeveledConfig[]): readonly SoundLevel[] {
    return levels.flatMap(({ level, entry }) => {
      if (entry.outcome.ok) return [{ level, name: entry.name, file: entry.outcome.value }];
      this.#list.dependsOn(entry.outcome.hold);
      return [];
    });
  }

  #join(fileName: string, levels: readonly SoundLevel[]): JoinedFile {
    const key = [fileName, ...levels.map(({ name }) => name)].join(' ');
    const known = this.#joined.get(key);
    if (known !== undefined) return known;
    const files = levels.map(({ file }) => file);
    warnJoinedLevels(this.#input.object, files, this.#list);
    const joined = joinLevels(fileName, files, this.#context.hash);
    this.#joined.set(key, joined);
    return joined;
  }

  #serve(name: string, levels: readonly SoundLevel[], joined: JoinedFile): ServedFile {
    const ofApp = levels.filter(({ level }) => level === 'app' || level === 'app-set');
    const { content, sources } = joined;
    return {
      name,
      content,
      ...(ofApp.length > 0 && { appContent: this.#join(name, ofApp).content }),
      levels: [...new Set(levels.map(({ level }) => level))],
      sources,
    };
  }

  /** True when a listed file is nowhere; to be called when all is rendered. */
  findMissing(): boolean {
    let volatile = false;
    for (const [position, fileName] of this.#input.object.value.spec.configs.entries()) {
      if (this.#found.has(fileName)) continue;
      volatile = true;
      this.#addMissing(position, fileName);
    }
    return volatile;
  }

  /** A held Config, or a file that cannot be read, may be what is missing: then it is to blame. */
  #addMissing(position: number, fileName: string): void {
    const { configs, index, suggest } = this.#context;
    const { heldFiles } = configs;
    const hold = heldFiles.get(fileName) ?? heldFiles.get('*') ?? index.trouble.unreadableHold;
    if (hold !== undefined) {
      this.#list.dependsOn(hold);
      return;
    }
    const { object, appConfigs, serviceConfigs } = this.#input;
    const known = new Map<string, ConfigEntry>();
    for (const entry of [...appConfigs, ...serviceConfigs]) known.set(entry.fileName, entry);
    const message = `no Config describes ${fileName} for ${object.name}`;
    this.#list.add('SPEC_MISSING_REFERENCE', `/spec/configs/${position}`, message, {
      ...suggest(fileName, known),
      hint: 'names of files, not of Config objects: `fileName` of a Config for this service or its application',
    });
  }
}

interface SoundLevel {
  readonly level: ConfigLevel;
  /** Of the Config. */
  readonly name: string;
  readonly file: ConfigFile;
}
