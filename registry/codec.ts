/** Commands and states as bytes: deterministic, and the content of a revision is written once. */

import { Packr } from 'msgpackr';
import type { Lease, LeaseState } from '../replica/core/lease.ts';
import { assert } from '../errors/assert.ts';
import {
  withFormat,
  withoutFormat,
  type CommandFormats,
  type StoredCommand,
} from '../replica/core/command-format.ts';
import { snapshotTooNew } from '../replica/core/snapshot-format.ts';
import type { Digest, InstanceRevision } from '../spec/desired-state.ts';
import type { RegistryCommand } from './commands.ts';
import type { InstanceTarget, LockRecord, LockTable, NodeSession, RegistryState } from './model.ts';
import { contentInScope, withoutSources } from './shared-content.ts';

/** Raised when the layout below changes; older layouts are then read by their own functions. */
const layout = 1;

/** Raised when an older version would misread the command: docs/replica.md, "Stored format". */
const formats: CommandFormats<RegistryCommand['type']> = {
  'apply-commit': 1,
  'set-targets': 1,
  'open-session': 1,
  'lose-session': 1,
  'report-observed': 1,
  'take-lock': 1,
  lease: 1,
  'doubt-sessions': 1,
};

// Records and shared structures off: the bytes depend on the value alone, not on what was packed before.
const packr = new Packr({ useRecords: false, int64AsType: 'number' });

/** Those of older controllers do not say whether all was reported. */
type SessionRow = Omit<NodeSession, 'reported'> & { readonly reported?: boolean };
type TargetRow = Omit<InstanceTarget, 'content'>;
type Contents = Record<Digest, InstanceRevision>;

interface StateRows {
  readonly layout: number;
  readonly fencingToken: number;
  /** This and the next three: absent in snapshots of older controllers. */
  readonly registryId?: string | null;
  readonly leader?: RegistryState['leader'] | null;
  readonly leases?: LeaseRows;
  readonly targetsChanged?: readonly (readonly [string, number])[];
  readonly cluster: RegistryState['cluster'] | null;
  readonly source: RegistryState['source'] | null;
  /** Absent in snapshots of older controllers. */
  readonly topology?: RegistryState['topology'] | null;
  readonly nodes: readonly (readonly [string, unknown])[];
  readonly scopes: readonly (readonly [string, unknown])[];
  readonly contents: Contents;
  readonly targets: readonly TargetRow[];
  readonly observed: readonly (readonly [string, unknown])[];
  readonly sessions: readonly (readonly [string, SessionRow])[];
  /** Absent in snapshots of older controllers. */
  readonly locks?: LockRows;
  readonly events: RegistryState['events'];
}

interface LeaseRows {
  readonly lastToken: number;
  readonly byName: readonly (readonly [string, Lease])[];
}

interface LockRows {
  readonly latestAt: number;
  readonly epoch: number;
  readonly byService: readonly (readonly [string, LockRecord])[];
}

function byKey<Value>(entries: Iterable<readonly [string, Value]>): (readonly [string, Value])[] {
  return [...entries].toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
}

/** Takes the contents out of targets; `contents` gets those that are not in `known`. */
function splitContents(
  targets: Iterable<InstanceTarget>,
  known: (target: InstanceTarget) => boolean,
): { readonly rows: readonly TargetRow[]; readonly contents: Contents } {
  const found = new Map<Digest, InstanceRevision>();
  const rows: TargetRow[] = [];
  for (const target of targets) {
    const { content, ...row } = target;
    if (!known(target)) found.set(target.revision, withoutSources(content));
    rows.push(row);
  }
  return { rows, contents: Object.fromEntries(byKey(found)) };
}

function joinContents(
  rows: readonly TargetRow[],
  find: (row: TargetRow) => InstanceRevision | undefined,
): readonly InstanceTarget[] {
  return rows.map((row) => {
    const content = find(row);
    assert(content !== undefined, `No content for revision ${row.revision} of ${row.instance}`);
    return { ...row, content };
  });
}

export function encodeRegistryCommand(command: RegistryCommand): Uint8Array {
  const stored = withFormat(formats, command);
  if (stored.type !== 'set-targets') return packr.pack(stored);
  const { rows, contents } = splitContents(stored.upsert, () => false);
  return packr.pack({ ...stored, upsert: rows, contents });
}

/** For bytes of our own log only: but for their format, they are not checked. `COMMAND_TOO_NEW`. */
export function decodeRegistryCommand(bytes: Uint8Array): RegistryCommand {
  type Stored = StoredCommand<RegistryCommand> & { readonly contents?: Contents };
  const stored = packr.unpack(bytes) as Stored;
  const decoded: RegistryCommand & { contents?: Contents } = withoutFormat(
    formats,
    stored,
    'registry',
  );
  if (decoded.type !== 'set-targets') return decoded;
  const { contents, ...command } = decoded;
  return { ...command, upsert: joinContents(command.upsert, (row) => contents?.[row.revision]) };
}

/** Equal states give equal bytes, whatever the order of their maps. */
export function encodeRegistryState(state: RegistryState): Uint8Array {
  const targets = byKey(state.targets).map(([, target]) => target);
  const isInScope = ({ scope, revision }: InstanceTarget) =>
    contentInScope(state.scopes.get(scope), revision) !== undefined;
  const { rows, contents } = splitContents(targets, isInScope);
  const stateRows: StateRows = {
    layout,
    fencingToken: state.fencingToken,
    registryId: state.registryId ?? null,
    leader: state.leader ?? null,
    leases: { lastToken: state.leases.lastToken, byName: byKey(state.leases.leases) },
    targetsChanged: byKey(state.targetsChanged),
    cluster: state.cluster ?? null,
    source: state.source ?? null,
    topology: state.topology ?? null,
    nodes: byKey(state.nodes),
    scopes: byKey(state.scopes),
    contents,
    targets: rows,
    observed: byKey(state.observed),
    sessions: byKey(state.sessions),
    locks: { ...state.locks, byService: byKey(state.locks.byService) },
    events: state.events,
  };
  return packr.pack(stateRows);
}

export function decodeRegistryState(bytes: Uint8Array): RegistryState {
  const rows = packr.unpack(bytes) as StateRows;
  if (rows.layout > layout) throw snapshotTooNew('registry', rows.layout, layout);
  assert(rows.layout === layout, `Snapshot of the registry has unknown layout ${rows.layout}`);
  const scopes = new Map(rows.scopes as [string, never][]) as RegistryState['scopes'];
  const targets = joinContents(
    rows.targets,
    (row) => contentInScope(scopes.get(row.scope), row.revision) ?? rows.contents[row.revision],
  );
  return {
    fencingToken: rows.fencingToken,
    registryId: rows.registryId ?? undefined,
    leader: rows.leader ?? undefined,
    leases: leaseState(rows),
    targetsChanged: new Map(rows.targetsChanged),
    cluster: rows.cluster ?? undefined,
    source: rows.source ?? undefined,
    topology: rows.topology ?? undefined,
    nodes: new Map(rows.nodes as [string, never][]),
    scopes,
    targets: new Map(targets.map((target) => [target.instance, target])),
    observed: new Map(rows.observed as [string, never][]),
    sessions: new Map(rows.sessions.map(([node, session]) => [node, sessionOf(session)])),
    locks: lockTable(rows.locks),
    events: rows.events,
  };
}

/** Tokens grow on from those that leaders had before there were leases. */
function leaseState({ leases, fencingToken }: StateRows): LeaseState {
  const { lastToken = fencingToken, byName = [] } = leases ?? {};
  return { lastToken, leases: new Map(byName) };
}

function sessionOf(row: SessionRow): NodeSession {
  return { ...row, reported: row.reported ?? false };
}

function lockTable(rows: LockRows | undefined): LockTable {
  const { latestAt = 0, epoch = 0, byService = [] } = rows ?? {};
  return { latestAt, epoch, byService: new Map(byService) };
}
