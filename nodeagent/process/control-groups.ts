/** Control groups for runs: the sure way to end a whole process tree, and the only way to limit it. */

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Limits } from '../../spec/desired-state.ts';

export interface RunGroups {
  /** Folders that the service joins. */
  readonly groups: readonly string[];
  /** The one with `cgroup.kill`. */
  readonly killGroup?: string;
  /** Limits that cannot be enforced here, with the reason. */
  readonly unenforced: readonly string[];
}

type Controller = 'memory' | 'cpu';

export interface Mount {
  readonly path: string;
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  /** This process's own group inside the mount. */
  readonly own: string;
}

const SHIMS = 'shims';
const CPU_PERIOD_US = 100_000;

/** Two agents of one machine must not share control groups. */
export function groupName(dataDir: string): string {
  return `tarsier-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
}

/** What this machine allows; found once, by trying. */
export class ControlGroups {
  /** Holds the shims, so that nobody's limit or kill reaches them. */
  readonly shimGroup: string | undefined;
  readonly #unified: string | undefined;
  readonly #unifiedControllers: ReadonlySet<string>;
  readonly #legacy: ReadonlyMap<Controller, string>;

  /** `name` is unique to the agent's data directory. */
  constructor(name: string, mounts: readonly Mount[]) {
    const unified = mounts.find((mount) => mount.version === 2);
    // The root first: a group there is out of reach of whoever ends the agent's own group.
    this.#unified = unified && makeFirst([join(unified.path, name), join(unified.own, name)]);
    this.#unifiedControllers = new Set(
      this.#unified === undefined ? [] : enableControllers(this.#unified),
    );
    this.shimGroup = this.#unified && makeFirst([join(this.#unified, SHIMS)]);
    this.#legacy = new Map(
      (['memory', 'cpu'] as const).flatMap((controller) => {
        const mount = mounts.find((one) => one.controllers.includes(controller));
        const made = mount && makeFirst([join(mount.own, name), join(mount.path, name)]);
        return made === undefined ? [] : [[controller, made] as const];
      }),
    );
  }

  /** Makes the groups of one run. Never fails: what cannot be had is listed. */
  create(runId: string, limits: Limits): RunGroups {
    const groups: string[] = [];
    const unenforced: string[] = [];
    const unified = this.#unified && makeFirst([join(this.#unified, runId)]);
    if (unified !== undefined) groups.push(unified);
    const enforce = (controller: Controller, files: LimitFiles): void => {
      const folder = this.#unifiedControllers.has(controller)
        ? unified
        : this.#legacyGroup(controller, runId);
      const version = this.#unifiedControllers.has(controller) ? files.unified : files.legacy;
      const failure =
        folder === undefined ? 'has no usable control group' : writeAll(folder, version);
      if (failure === undefined)
        groups.push(...(folder === unified || folder === undefined ? [] : [folder]));
      else unenforced.push(`${controller} (this machine ${failure})`);
    };
    if (limits.memoryBytes !== undefined) enforce('memory', memoryFiles(limits.memoryBytes));
    if (limits.cpu !== undefined) enforce('cpu', cpuFiles(limits.cpu));
    const canKill = unified !== undefined && existsSync(join(unified, 'cgroup.kill'));
    return { groups, unenforced, ...(canKill ? { killGroup: unified } : {}) };
  }

  /** For a run that was never started. */
  remove(runId: string): void {
    const bases = [this.#unified, ...this.#legacy.values()].filter((base) => base !== undefined);
    removeGroups(bases.map((base) => join(base, runId)));
  }

  /** Removes empty groups of runs that nobody knows any more. */
  sweep(knownRuns: ReadonlySet<string>): void {
    for (const base of [this.#unified, ...this.#legacy.values()]) {
      if (base === undefined) continue;
      const groups = readdirSync(base, { withFileTypes: true }).filter((one) => one.isDirectory());
      const unknown = groups.map(({ name }) => name).filter((name) => !knownRuns.has(name));
      removeGroups(unknown.filter((name) => name !== SHIMS).map((name) => join(base, name)));
    }
  }

  /** Leaves nothing behind when no service of this agent runs any more. */
  close(): void {
    const { shimGroup } = this;
    removeGroups(
      [shimGroup, this.#unified, ...this.#legacy.values()].filter((one) => one !== undefined),
    );
  }

  #legacyGroup(controller: Controller, runId: string): string | undefined {
    const parent = this.#legacy.get(controller);
    return parent && makeFirst([join(parent, runId)]);
  }
}

type FileValues = readonly (readonly [name: string, value: string])[];

interface LimitFiles {
  readonly unified: FileValues;
  readonly legacy: FileValues;
}

function memoryFiles(bytes: number): LimitFiles {
  return {
    unified: [['memory.max', String(bytes)]],
    legacy: [['memory.limit_in_bytes', String(bytes)]],
  };
}

function cpuFiles(cores: number): LimitFiles {
  const quota = String(Math.max(1000, Math.round(cores * CPU_PERIOD_US)));
  return {
    unified: [['cpu.max', `${quota} ${CPU_PERIOD_US}`]],
    legacy: [
      ['cpu.cfs_period_us', String(CPU_PERIOD_US)],
      ['cpu.cfs_quota_us', quota],
    ],
  };
}

function writeAll(folder: string, values: FileValues): string | undefined {
  for (const [name, value] of values) {
    try {
      writeFileSync(join(folder, name), value);
    } catch (error) {
      return `refuses ${name}: ${(error as NodeJS.ErrnoException).code}`;
    }
  }
  return undefined;
}

/** Removes the groups of an ended run; one that still has processes stays. */
export function removeGroups(groups: readonly string[]): void {
  for (const group of groups) {
    try {
      rmdirSync(group);
    } catch {
      // Not empty yet, or gone; the next agent start looks at it again.
    }
  }
}

/** Ends every process of a group at once. False when that is not possible here. */
export function killGroup(group: string): boolean {
  try {
    writeFileSync(join(group, 'cgroup.kill'), '1');
    return true;
  } catch {
    return false;
  }
}

/** Whether the kernel killed something in these groups for want of memory. */
export function wasOutOfMemory(groups: readonly string[]): boolean {
  return groups.some((group) =>
    ['memory.events', 'memory.oom_control'].some((file) => {
      try {
        return /^oom_kill [1-9]/m.test(readFileSync(join(group, file), 'latin1'));
      } catch {
        return false;
      }
    }),
  );
}

function makeFirst(candidates: readonly string[]): string | undefined {
  return candidates.find((path) => {
    try {
      mkdirSync(path, { recursive: true, mode: 0o755 });
      return readdirSync(path).includes('cgroup.procs');
    } catch {
      return false;
    }
  });
}

/** Asks for memory and cpu in the groups below; returns what is there in the end. */
function enableControllers(base: string): readonly string[] {
  for (const folder of [join(base, '..'), base]) {
    for (const controller of ['memory', 'cpu']) {
      try {
        writeFileSync(join(folder, 'cgroup.subtree_control'), `+${controller}`);
      } catch {
        // Not there, or the group above has processes of its own: `create` says what is missing.
      }
    }
  }
  try {
    return readFileSync(join(base, 'cgroup.subtree_control'), 'latin1').trim().split(' ');
  } catch {
    return [];
  }
}

/** Control group file systems of this machine, with this process's place in them. */
export function readMounts(): readonly Mount[] {
  try {
    const memberships = readFileSync('/proc/self/cgroup', 'latin1').trim().split('\n');
    const mounts = readFileSync('/proc/self/mountinfo', 'latin1').trim().split('\n');
    return mounts.flatMap((line) => parseMount(line, memberships));
  } catch {
    return [];
  }
}

/** A line of mountinfo: `id parent dev root path options … - type source superOptions`. */
function parseMount(line: string, memberships: readonly string[]): readonly Mount[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root = '/', path = ''] = before.split(' ');
  const [type, , superOptions = ''] = after.split(' ');
  if (type !== 'cgroup' && type !== 'cgroup2') return [];
  const version = type === 'cgroup2' ? 2 : 1;
  const controllers = version === 2 ? [] : superOptions.split(',');
  const membership = memberships
    .map((entry) => entry.split(':'))
    .find(([, names = '']) =>
      version === 2 ? names === '' : names.split(',').some((name) => controllers.includes(name)),
    );
  const ownPath = membership?.[2] ?? '/';
  const inside = ownPath.startsWith(root) ? ownPath.slice(root === '/' ? 0 : root.length) : '/';
  return [{ path, version, controllers, own: join(path, inside) }];
}
