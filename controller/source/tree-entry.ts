/** What git says about one path of a commit, read from `ls-tree` and `diff-tree`. */

export interface TreeEntry {
  /** As in git for a name that may be used; otherwise with every odd byte written as `\xNN`. */
  readonly path: string;
  /** True when `path` is not the name itself but a printable form of it. */
  readonly escaped: boolean;
  /** Six octal digits: `100644`, `120000` for a link, `160000` for a submodule. */
  readonly mode: string;
  readonly objectId: string;
  /** Of the content; unknown for submodules, and for what `diff-tree` names. */
  readonly sizeBytes: number | undefined;
}

/** One line of `diff-tree`: the entry as it is now, or the path that is gone. */
export type TreeChange =
  | { readonly kind: 'set'; readonly entry: TreeEntry }
  | { readonly kind: 'removed'; readonly path: string };

const NUL = 0;
const TAB = 9;
const unprintable = /[^\u0020-\u007E]|\\/;

/** Bytes of a name → text that is safe to show, and whether anything had to be escaped. */
function readName(bytes: Uint8Array): { path: string; escaped: boolean } {
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (!unprintable.test(latin)) return { path: latin, escaped: false };
  let path = '';
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    path += plain ? String.fromCodePoint(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return { path, escaped: true };
}

function* nulTerminated(bytes: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(NUL, start);
    if (end < 0) return;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}

/** Parses `ls-tree -r -z -l`: `<mode> <type> <id> <size>\t<name>\0`. */
export function* parseTreeListing(bytes: Uint8Array): Generator<TreeEntry> {
  for (const record of nulTerminated(bytes)) {
    const tab = record.indexOf(TAB);
    const fields = Buffer.from(record.subarray(0, tab)).toString('latin1').split(/ +/);
    const [mode = '', , objectId = '', size = '-'] = fields;
    const sizeBytes = size === '-' ? undefined : Number(size);
    yield { ...readName(record.subarray(tab + 1)), mode, objectId, sizeBytes };
  }
}

/** Parses `diff-tree -r -z --raw --no-renames`: `:<modes> <ids> <status>\0<name>\0`. */
export function* parseTreeChanges(bytes: Uint8Array): Generator<TreeChange> {
  let head: string[] | undefined;
  for (const record of nulTerminated(bytes)) {
    if (head === undefined) {
      head = Buffer.from(record).toString('latin1').slice(1).split(' ');
      continue;
    }
    const [, mode = '', , objectId = '', status = ''] = head;
    const name = readName(record);
    if (status === 'D') yield { kind: 'removed', path: name.path };
    else yield { kind: 'set', entry: { ...name, mode, objectId, sizeBytes: undefined } };
    head = undefined;
  }
}
