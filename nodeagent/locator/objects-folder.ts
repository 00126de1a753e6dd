/**
 * Keeps the objects that are looked up on disk, so that lookups go on after a restart of the agent
 * without a controller. Objects are spread over files, so that a change writes little; what changed
 * within a quarter of a second is written once.
 */

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LookupObject } from '../../registry/lookup/lookup-model.ts';
import { noTopology, type DesiredTopology } from '../../spec/desired-state.ts';
import { readStateFile, writeStateFileLater } from '../state/state-file.ts';

const OBJECTS_FORMAT = 'objects-1';

interface FileContent {
  readonly revision: number;
  readonly objects: readonly LookupObject[];
}

const TOPOLOGY_FORMAT = 'topology-1';
const FILES = 64;
const COALESCE_MS = 250;

export interface ObjectsFolderPorts {
  /** A file that is damaged: what it held is asked for anew. */
  onDamage(path: string, why: string): void;
  /** The disk did not take it; it is tried again with the next change. */
  onWriteFailed(error: unknown): void;
}

export interface ObjectsFolderContent {
  readonly objects: readonly LookupObject[];
  /** Of the newest answer that is kept; 0 for none. */
  readonly revision: number;
  readonly topology: DesiredTopology;
}

export class ObjectsFolder {
  readonly #folder: string;
  readonly #ports: ObjectsFolderPorts;
  /** One map for each file. */
  readonly #files: Map<string, LookupObject>[] = [];
  readonly #dirty = new Set<number | 'topology'>();
  #topology: DesiredTopology = noTopology;
  /** Registry sequence that the objects speak for; written with each of them. */
  revision = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(folder: string, ports: ObjectsFolderPorts) {
    this.#folder = folder;
    this.#ports = ports;
    for (let index = 0; index < FILES; index += 1) this.#files.push(new Map());
  }

  load(): ObjectsFolderContent {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const [index, file] of this.#files.entries()) {
      const content = this.#read<FileContent>(this.#pathOf(index), OBJECTS_FORMAT);
      for (const object of content?.objects ?? []) file.set(object.name, object);
      this.revision = Math.max(this.revision, content?.revision ?? 0);
    }
    const topology = this.#read<DesiredTopology>(this.#pathOf('topology'), TOPOLOGY_FORMAT);
    this.#topology = topology ?? noTopology;
    return {
      objects: this.#files.flatMap((file) => [...file.values()]),
      revision: this.revision,
      topology: this.#topology,
    };
  }

  put(object: LookupObject): void {
    const index = fileOf(object.name);
    this.#files[index]?.set(object.name, object);
    this.#saveSoon(index);
  }

  remove(name: string): void {
    const index = fileOf(name);
    if (this.#files[index]?.delete(name) === true) this.#saveSoon(index);
  }

  putTopology(topology: DesiredTopology): void {
    this.#topology = topology;
    this.#saveSoon('topology');
  }

  /** On return everything is on the disk, if the disk takes it. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#writeAll();
    clearTimeout(this.#timer);
  }

  #read<T>(path: string, format: string): T | undefined {
    const content = readStateFile<T>(path, format);
    if (content.kind === 'value') return content.value;
    if (content.kind === 'damaged') {
      this.#ports.onDamage(path, content.why);
      rmSync(path, { force: true });
    }
    return undefined;
  }

  #pathOf(file: number | 'topology'): string {
    const name = file === 'topology' ? file : String(file).padStart(2, '0');
    return join(this.#folder, name);
  }

  #saveSoon(file: number | 'topology'): void {
    this.#dirty.add(file);
    this.#timer ??= setTimeout(() => {
      this.#writing = this.#writeAll().finally(() => {
        this.#writing = undefined;
        this.#timer = undefined;
        const [next] = this.#dirty;
        if (next !== undefined) this.#saveSoon(next);
      });
    }, COALESCE_MS);
  }

  async #writeAll(): Promise<void> {
    const files = [...this.#dirty];
    this.#dirty.clear();
    for (const file of files) {
      try {
        if (file === 'topology') {
          await writeStateFileLater(this.#pathOf(file), TOPOLOGY_FORMAT, this.#topology);
        } else {
          const { revision } = this;
          const content: FileContent = {
            revision,
            objects: [...(this.#files[file]?.values() ?? [])],
          };
          await writeStateFileLater(this.#pathOf(file), OBJECTS_FORMAT, content);
        }
      } catch (error) {
        this.#ports.onWriteFailed(error);
      }
    }
  }
}

/** FNV-1a: the same name is always in the same file. */
function fileOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0) % FILES;
}
