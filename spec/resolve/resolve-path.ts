/** Paths inside the repository, as objects name them. */

/** Path of `file` as named by the YAML file at `from`; undefined when it leads out of the repository. */
export function resolveRepositoryPath(from: string, file: string): string | undefined {
  const parts = from.split('/').slice(0, -1);
  if (file.startsWith('/') || file.includes('\0')) return undefined;
  for (const part of file.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
