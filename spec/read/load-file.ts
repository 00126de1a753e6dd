/** Bytes of one file → objects with their defaults, and faults. Depends on the content alone. */

import type { Fault, ObjectRef } from '../fault.ts';
import type { BrokenObject, LoadedFile, LoadedObject } from '../repository.ts';
import type { DocumentFault } from '../validate/document-fault.ts';
import {
  identify,
  validateDocument,
  type ValidatedDocument,
} from '../validate/validate-document.ts';
import { checkEvents } from './check-events.ts';
import { decodeText } from './decode-text.ts';
import { DocumentBuilder, type BuiltDocument } from './document-builder.ts';
import { identifyText, isNameOf } from './identify-text.ts';
import { limits } from './limits.ts';
import { Locator } from './locate.ts';
import { countDocuments, parseStream, type BrokenChunk, type Stream } from './parse-stream.ts';
import type { Range, YamlFault } from './yaml-fault.ts';

export interface FileContent {
  /** Relative to the repository path, with `/`. */
  readonly path: string;
  /** Git blob id, or another identity of `bytes`. */
  readonly blobId: string;
  readonly bytes: Uint8Array;
}

export function loadFile({ path, blobId, bytes }: FileContent): LoadedFile {
  const text = decodeText(path, bytes);
  if (typeof text !== 'string') return refusedFile(path, blobId, text);
  return new FileLoader(path, text).load(blobId);
}

/** A file that is not read at all: whatever objects it may hold are unknown. */
export function refusedFile(path: string, blobId: string, fault: Fault): LoadedFile {
  return { path, blobId, objects: [], broken: [], unreadable: true, faults: [fault] };
}

class FileLoader {
  readonly #path: string;
  readonly #text: string;
  readonly #stream: Stream;
  readonly #objects: LoadedObject[] = [];
  readonly #broken: BrokenObject[] = [];
  readonly #faults: Fault[] = [];
  #unreadable = false;
  #locator: Locator | undefined;
  #line = 1;
  #lineOffset = 0;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    this.#stream = parseStream(text);
  }

  load(blobId: string): LoadedFile {
    if (countDocuments(this.#stream) > limits.documentsPerFileMax) this.#tooManyDocuments();
    else {
      for (const chunk of this.#stream.chunks) {
        const yamlFaults = checkEvents(chunk);
        const built = new DocumentBuilder(chunk).build();
        for (const document of built) this.#document(document, yamlFaults);
      }
      for (const chunk of this.#stream.broken) this.#brokenChunk(chunk);
    }
    return {
      path: this.#path,
      blobId,
      objects: this.#objects,
      broken: this.#broken,
      unreadable: this.#unreadable,
      faults: this.#faults.length === 0 ? [] : firstFaults(this.#path, this.#faults),
    };
  }

  #document(document: BuiltDocument, chunkFaults: readonly YamlFault[]): void {
    const { index, value } = document;
    const own =
      chunkFaults.length === 0
        ? []
        : chunkFaults.filter(({ documentIndex }) => documentIndex === index);
    const yamlFaults = [...own, ...document.faults];
    // `---` at the end of a file, or twice in a row, is an empty document and means nothing.
    if ((value === undefined || value === null) && yamlFaults.length === 0) return;
    const checked: ValidatedDocument = document.incomplete
      ? { ...identify(value), faults: [] }
      : validateDocument(value, (pointer) => this.#writtenAt(index, pointer));
    const { kind, name } = checked;
    if (yamlFaults.length === 0 && checked.faults.length === 0) {
      if (kind === undefined || name === undefined) return;
      const line = this.#lineAt(document.start);
      this.#objects.push({ kind, name, value, path: this.#path, documentIndex: index, line });
      return;
    }
    const object = kind !== undefined && name !== undefined ? { kind, name } : undefined;
    this.#addBroken(object, yamlFaults, value);
    const places = new Set(yamlFaults.map(({ range }) => range.start));
    for (const fault of yamlFaults) this.#faults.push(this.#placeYaml(fault, object));
    for (const fault of checked.faults) {
      const placed = this.#placeDocument(fault, index, object);
      // What the schema says about a token that YAML already complained about is no second fault.
      if (!places.has(placed.place.range?.start ?? -1)) this.#faults.push(placed);
    }
  }

  #addBroken(object: ObjectRef | undefined, faults: readonly YamlFault[], value: unknown): void {
    if (object === undefined || !isNameOf(object) || faults.some((one) => this.#hidesName(one))) {
      this.#unreadable = true;
    } else this.#broken.push({ ...object, value });
  }

  /** True when a key that tells which object this is stands there twice. */
  #hidesName({ code, range }: YamlFault): boolean {
    if (code !== 'SPEC_YAML_DUPLICATE_KEY') return false;
    return ['kind', 'metadata', 'name'].includes(this.#text.slice(range.start, range.end));
  }

  #brokenChunk({ text, base, documentIndex, fault }: BrokenChunk): void {
    const object = identifyText(text);
    if (object === undefined) this.#unreadable = true;
    else this.#broken.push(object);
    const { position, ...wording } = fault;
    const range = { start: base + position, end: base + position + 1 };
    this.#faults.push(this.#placeYaml({ ...wording, range, documentIndex }, object));
  }

  #tooManyDocuments(): void {
    this.#unreadable = true;
    const max = limits.documentsPerFileMax.toLocaleString('en');
    this.#faults.push({
      code: 'SPEC_TOO_MANY_DOCUMENTS',
      severity: 'error',
      message: `the file holds more than ${max} documents`,
      place: { path: this.#path },
      hint: 'split it: objects may stand in any number of files',
    });
  }

  #placeYaml(fault: YamlFault, object: ObjectRef | undefined): Fault {
    const { code, message, hint, range, documentIndex, related } = fault;
    const path = this.#path;
    return {
      code,
      severity: 'error',
      message,
      place: { path, documentIndex, range: visible(range) },
      ...(hint === undefined ? {} : { hint }),
      ...(related === undefined
        ? {}
        : {
            related: [
              { place: { path, documentIndex, range: related.range }, message: related.message },
            ],
          }),
      ...(object === undefined ? {} : { object }),
    };
  }

  #placeDocument(
    fault: DocumentFault,
    documentIndex: number,
    object: ObjectRef | undefined,
  ): Fault {
    const { code, message, pointer, at, suggestion, hint, isSecret } = fault;
    const range = this.#locate(documentIndex, pointer, at);
    return {
      code,
      severity: 'error',
      message,
      place: {
        path: this.#path,
        documentIndex,
        pointer,
        at,
        ...(range === undefined ? {} : { range: visible(range) }),
      },
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(hint === undefined ? {} : { hint }),
      ...(isSecret === undefined ? {} : { isSecret }),
      ...(object === undefined ? {} : { object }),
    };
  }

  #locate(documentIndex: number, pointer: string, at: 'key' | 'value') {
    this.#locator ??= new Locator(this.#stream);
    return this.#locator.locate({ documentIndex, pointer, at });
  }

  #writtenAt(documentIndex: number, pointer: string): string | undefined {
    const range = this.#locate(documentIndex, pointer, 'value');
    return range === undefined ? undefined : this.#text.slice(range.start, range.end);
  }

  /** Lines are counted on from the document before, so that many documents cost one pass. */
  #lineAt(offset: number): number {
    const text = this.#text;
    for (let at = this.#lineOffset; at < offset; at += 1) {
      const code = text.charCodeAt(at);
      if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) this.#line += 1;
    }
    this.#lineOffset = Math.max(this.#lineOffset, offset);
    return this.#line;
  }
}

function firstFaults(path: string, faults: readonly Fault[]): readonly Fault[] {
  const sorted = faults.toSorted((one, other) => startOf(one) - startOf(other));
  const shown = sorted.slice(0, limits.faultsPerFileMax);
  const more = sorted.length - shown.length;
  if (more === 0) return shown;
  return [
    ...shown,
    {
      code: 'SPEC_MORE_FAULTS',
      severity: 'error',
      message: `the file has more than ${shown.length} faults; the others are not shown`,
      place: { path },
      hint: 'correct those above, then look again',
    },
  ];
}

/** Something empty still needs a place for its caret. */
function visible({ start, end }: Range): Range {
  return { start, end: Math.max(end, start + 1) };
}

function startOf({ place }: Fault): number {
  return place.range?.start ?? 0;
}
