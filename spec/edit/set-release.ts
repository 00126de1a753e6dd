/** Changes the release of a Service in the text of its file; every other byte stays as it is. */

import { isMap, isScalar, parseAllDocuments, type Document, type Scalar } from 'yaml';

export interface NewRelease {
  readonly version: string;
  /** Written where the file pins a digest; a file that pins none is not made to. */
  readonly digest: string;
}

export type ReleaseEdit =
  | { readonly kind: 'edited'; readonly text: string }
  /** The file says so already. */
  | { readonly kind: 'same' }
  /** `reason` completes "the file …". */
  | { readonly kind: 'impossible'; readonly reason: string };

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** `text` may hold several documents. */
export function setRelease(text: string, service: string, release: NewRelease): ReleaseEdit {
  const documents = [parseAllDocuments(text)].flat();
  if (documents.some(({ errors }) => errors.length > 0)) {
    return { kind: 'impossible', reason: 'is no valid YAML' };
  }
  const document = documents.find((one) => isService(one, service));
  if (document === undefined) {
    return { kind: 'impossible', reason: `holds no Service ${service} any more` };
  }
  const version = scalarAt(document, 'version');
  if (version === undefined) return { kind: 'impossible', reason: 'has no release.version to set' };
  const digest = scalarAt(document, 'digest');
  const replacements = [
    ...replace(version, release.version),
    ...(digest === undefined ? [] : replace(digest, release.digest)),
  ].toSorted((left, right) => right.start - left.start);
  if (replacements.length === 0) return { kind: 'same' };
  let edited = text;
  for (const { start, end, text: value } of replacements) {
    edited = edited.slice(0, start) + value + edited.slice(end);
  }
  return { kind: 'edited', text: edited };
}

function isService(document: Document, service: string): boolean {
  if (!isMap(document.contents)) return false;
  return document.get('kind') === 'Service' && document.getIn(['metadata', 'name']) === service;
}

function scalarAt(document: Document, field: string): Scalar | undefined {
  const node = document.getIn(['spec', 'release', field], true);
  return isScalar(node) ? node : undefined;
}

/** What is written is quoted: a version such as 1.10 would be read as a number. */
function replace(node: Scalar, value: string): Replacement[] {
  if (node.value === value || !node.range) return [];
  const [start, end] = node.range;
  return [{ start, end, text: JSON.stringify(value) }];
}
