/** Sorts out flags of the stock TARS template with which a modern Java does not start at all. */

/** Removed with the collectors and the log format that they belong to (JDK 9, 14 and 15). */
const removed: readonly RegExp[] = [
  /^-XX:[+-]?(?:Use)?(?:CMS|ConcMarkSweep)/,
  /^-XX:[+-]UseParNewGC$/,
  /^-XX:[+-](?:ExplicitGCInvokesConcurrent\w+|AggressiveOpts|UseParallelOldGC)$/,
  /^-XX:[+-]PrintGC/,
  /^-XX:[+-]Print(?:HeapAtGC|TenuringDistribution|AdaptiveSizePolicy|ReferenceGC)\w*$/,
  /^-XX:[+-]UseGCLogFileRotation$/,
  /^-XX:(?:NumberOfGCLogFiles|GCLogFileSize|ParallelCMSThreads)=/,
  /^-XX:(?:Max)?PermSize=/,
];

export interface JvmFlags {
  readonly kept: readonly string[];
  readonly dropped: readonly string[];
}

function isRemoved(flag: string): boolean {
  return removed.some((pattern) => pattern.test(flag));
}

/** Split at blanks, as TARS does: there is no quoting. */
export function sortJvmFlags(text: string): JvmFlags {
  const flags = text.split(/\s+/).filter((flag) => flag !== '');
  return {
    kept: flags.filter((flag) => !isRemoved(flag)),
    dropped: flags.filter((flag) => isRemoved(flag)),
  };
}
