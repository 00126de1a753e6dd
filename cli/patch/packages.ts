/** `tarsctl patch list`, `show`, `delete` and `default`. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type { PackageVersionView } from '../../link/packages/patch-api.ts';
import { formatBytes } from '../../registry/status/render/format-bytes.ts';
import { formatUtc } from '../../registry/status/render/format-time.ts';
import { packageColumns } from '../../registry/status/render/list-columns.ts';
import { renderFields, renderTable } from '../../registry/status/render/table.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { printData } from '../print-data.ts';
import { openClient } from './open-client.ts';
import { releaseYaml } from './release-yaml.ts';

export async function list(context: CliContext, name: string | undefined): Promise<void> {
  const client = openClient(context);
  const { items } = name === undefined ? await client.list() : await client.show(name);
  const format = selectFormat(context, ['table', 'wide', 'json', 'yaml', 'name']);
  if (format === 'name') {
    context.stdout.write(items.map((item) => `${item.package} ${item.version}\n`).join(''));
    return;
  }
  if (format === 'json' || format === 'yaml') {
    await printData(context.stdout, format, items);
    return;
  }
  const options = { style: context.style, now: Date.now(), wide: format === 'wide' };
  context.stdout.write(renderTable(packageColumns(options), items, context.style));
  if (items.length === 0) {
    context.stderr.write(
      'No package is stored yet.  Next:  tarsctl patch push App.Server 1.0.0 <package.tgz|directory>\n',
    );
  }
}

export async function show(
  context: CliContext,
  name: string,
  version: string | undefined,
): Promise<void> {
  const { items } = await openClient(context).show(name);
  const shown = chooseVersion(name, version, items);
  if (await printedAsData(context, shown)) return;
  const fields = [
    ['package', shown.package],
    ['version', shown.isDefault ? `${shown.version} (default)` : shown.version],
    ['digest', shown.digest],
    ['size', `${formatBytes(shown.sizeBytes)}, unpacks to ${unpackedText(shown)}`],
    ['pushed', `${formatUtc(shown.pushedAt)} by ${shown.by}`],
    ['comment', shown.comment],
    ['used by', shown.usedBy.join(', ')],
  ] as const;
  context.stdout.write(renderFields(fields, context.style));
  context.stdout.write(`\nIn a Service:\n\n${releaseYaml(shown)}`);
}

export async function remove(context: CliContext, name: string, version: string): Promise<void> {
  const deleted = await openClient(context).delete(name, version);
  if (await printedAsData(context, deleted)) return;
  context.stdout.write(
    `${context.style.good('✔')} deleted ${name} ${version}; ${formatBytes(deleted.sizeBytes)} are freed within two hours\n`,
  );
}

export async function setDefault(
  context: CliContext,
  name: string,
  version: string,
): Promise<void> {
  const chosen = await openClient(context).setDefault(name, version);
  if (await printedAsData(context, chosen)) return;
  context.stdout.write(`${context.style.good('✔')} the default of ${name} is ${version}\n`);
  context.stdout.write(
    'What runs does not change: a Service names its version in Git.\n' +
      `Next:\n\n${releaseYaml(chosen)}`,
  );
}

/** The asked one; else the default, else the newest. */
function chooseVersion(
  name: string,
  version: string | undefined,
  items: readonly PackageVersionView[],
): PackageVersionView {
  const chosen =
    version === undefined
      ? (items.find((item) => item.isDefault) ?? items[0])
      : items.find((item) => item.version === version);
  if (chosen !== undefined) return chosen;
  const known = items.map((item) => item.version).slice(0, 5);
  throw new TarsierError('PACKAGE_NOT_FOUND', `The patch store has no ${name} ${version ?? ''}.`, {
    hint: `The newest versions of ${name} are ${known.join(', ')}.`,
  });
}

function unpackedText({ unpackedBytes, files }: PackageVersionView): string {
  return `${formatBytes(unpackedBytes)} in ${files} ${files === 1 ? 'file' : 'files'}`;
}

/** What `printedAsData` takes; a command that is not safe to repeat asks for it before it starts. */
export const dataFormats = ['table', 'json', 'yaml'] as const;

/** True when the output was asked for as JSON or YAML, and was written. */
export async function printedAsData(context: CliContext, value: unknown): Promise<boolean> {
  const format = selectFormat(context, dataFormats);
  if (format === 'table') return false;
  await printData(context.stdout, format, value);
  return true;
}
