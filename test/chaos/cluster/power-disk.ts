/**
 * A disk of its own for a member, whose power can be cut: an ext4 file system in an image, mounted by the test.
 * The cut is the kernel's own way to stop a file system at once (`FS_IOC_GOINGDOWN` without a flush): from then on
 * nothing reaches the image, also what a sync that is under way still had to write. What a real disk loses of its own
 * cache, although it was never told to flush it, stays here.
 */

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  isRunning,
  type ServerProcess,
} from '../../../replica/drivers/jetstream/server/process-table.ts';
import { hasProgram } from './has-program.ts';

const SIZE_MIB = 192;
/** Commits by itself so seldom that nothing is flushed without being asked for. */
const MOUNT_OPTIONS = 'loop,commit=300';
const UNSYNCED = Buffer.alloc(4_096, 'unsynced');

/**
 * Stopped first, so that a server never acknowledges what it cannot write any more: whoever comes back from a call
 * of the kernel stops there. One process does all of it, in well under a millisecond.
 */
const CUT = `
  my ($pids, @folders) = @ARGV;
  my @pids = split /,/, $pids;
  my @disks = map { open my $disk, '<', $_ or die "$_: $!"; $disk } @folders;
  kill 'STOP', @pids;
  for my $disk (@disks) {
    my $without_flush = pack 'L', 2;
    ioctl $disk, 0x8004587D, $without_flush or die "cannot cut the power: $!";
  }
  kill 'KILL', @pids;
`;

export class PowerDisk {
  readonly folder: string;
  readonly #path: string;
  #cuts = 0;
  #isMounted = false;

  /** Empty, and mounted. The caller unmounts it. */
  constructor(folder: string) {
    this.folder = folder;
    this.#path = `${folder}.img`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(this.#image, '', { mode: 0o600 });
    truncateSync(this.#image, SIZE_MIB * 2 ** 20);
    execFileSync('mkfs.ext4', ['-q', '-F', '-m', '0', this.#image], { stdio: 'pipe' });
    this.#mount();
  }

  get #image(): string {
    return `${this.#path}.${this.#cuts}`;
  }

  #mount(): void {
    const args = ['-t', 'ext4', '-o', MOUNT_OPTIONS, this.#image, this.folder];
    execFileSync('mount', args, { stdio: 'pipe' });
    this.#isMounted = true;
  }

  /** `lazy`: also while somebody has files open. */
  unmount(options: { readonly lazy: boolean } = { lazy: false }): void {
    if (!this.#isMounted) return;
    execFileSync('umount', [...(options.lazy ? ['--lazy'] : []), this.folder], { stdio: 'pipe' });
    this.#isMounted = false;
  }

  /**
   * What is on it after a cut. A copy of the image is mounted in its place: a process that has a mount namespace
   * of its own may still hold the file system that is down, and then the kernel would mount that one again.
   */
  restore(): void {
    this.unmount();
    const old = this.#image;
    this.#cuts += 1;
    execFileSync('cp', ['--sparse=always', old, this.#image], { stdio: 'pipe' });
    rmSync(old);
    this.#mount();
    const isThere = existsSync(this.#unsynced) && readFileSync(this.#unsynced).equals(UNSYNCED);
    if (isThere) throw new Error('the loss of power took nothing');
    rmSync(this.#unsynced, { force: true });
  }

  /** Something that nobody syncs: the cut must take it. */
  writeUnsynced(): void {
    writeFileSync(this.#unsynced, UNSYNCED);
  }

  get #unsynced(): string {
    return join(this.folder, 'unsynced');
  }
}

/** Gone with the test. */
export function openPowerDisk(folder: string, name: string): PowerDisk {
  const disk = new PowerDisk(join(folder, name));
  onTestFinished(() => disk.unmount({ lazy: true }));
  return disk;
}

/** At the same instant; the processes end with it. */
export function cutPower(
  disks: readonly PowerDisk[],
  processes: readonly ServerProcess[] = [],
): void {
  for (const disk of disks) disk.writeUnsynced();
  const pids = processes.filter((one) => isRunning(one)).map(({ pid }) => pid);
  const folders = disks.map(({ folder }) => folder);
  execFileSync('perl', ['-e', CUT, pids.join(','), ...folders], { stdio: 'pipe' });
}

/** Why this machine cannot play a loss of power; `undefined` when it can. */
export function whyNoPowerDisk(): string | undefined {
  if (process.getuid?.() !== 0) return 'skipped: only root can mount a disk whose power is cut';
  if (!hasProgram('mkfs.ext4', 'e2fsprogs')) return 'skipped: no mkfs.ext4';
  if (!hasProgram('perl', 'perl-base')) return 'skipped: no perl';
  const folder = mkdtempSync(join(tmpdir(), 'tarsier-power-'));
  try {
    const disk = new PowerDisk(join(folder, 'disk'));
    try {
      cutPower([disk]);
      disk.restore();
    } finally {
      disk.unmount({ lazy: true });
    }
    return undefined;
  } catch (error) {
    return `skipped: no disk whose power can be cut (${String(error).split('\n')[0]})`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
