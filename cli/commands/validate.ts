/** `tarsctl validate`: every fault of a working tree, with its place. */

import type { Command } from 'commander';
import { selectFormat, type CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printData } from '../print-data.ts';
import type { ContextSource } from '../program.ts';
import { readVersion } from '../version.ts';

export function addValidate(program: Command, context: ContextSource): void {
  program
    .command('validate')
    .description('check the files of a repository: every fault at once, with its place')
    .argument('[folder]', 'folder with the objects', '.')
    .option('--path-prefix <path>', 'folder inside the Git repository, for sarif and github')
    .addHelpText(
      'after',
      '\nFormats: -o text (default), json, yaml, sarif, github.\n' +
        'Exit status: 0 no errors (there may be warnings), 1 errors.',
    )
    .action(async (folder: string, options: { pathPrefix?: string }) => {
      process.exitCode = await validate(folder, context(), options.pathPrefix ?? '');
    });
}

async function validate(folder: string, context: CliContext, pathPrefix: string): Promise<number> {
  const format = selectFormat(context, ['text', 'json', 'yaml', 'sarif', 'github']);
  const { checkDirectory } = await import('../../spec/read/check-directory.ts');
  const started = performance.now();
  const checked = await checkDirectory(folder);
  const { faults, readSource, unaffectedCount, held, objectCount } = checked;
  const { stdout, style } = context;
  if (format === 'json' || format === 'yaml') {
    const { reportFaults } = await import('../../spec/fault-output/render-json.ts');
    const report = { objects: objectCount, held, faults: reportFaults(faults, readSource) };
    await printData(stdout, format, report);
  } else if (format === 'sarif') {
    const { renderFaultsAsSarif } = await import('../../spec/fault-output/render-sarif.ts');
    stdout.write(renderFaultsAsSarif(faults, readSource, { version: readVersion(), pathPrefix }));
  } else if (format === 'github') {
    const { renderFaultsAsGithub } = await import('../../spec/fault-output/render-github.ts');
    stdout.write(renderFaultsAsGithub(faults, readSource, { pathPrefix }));
  } else {
    const { renderFaultsAsText, countFaults } =
      await import('../../spec/fault-output/render-text.ts');
    if (faults.length > 0) stdout.write(`${renderFaultsAsText(faults, readSource, style)}\n\n`);
    const elapsed = `${Math.round(performance.now() - started)} ms`;
    const isBad = faults.some(({ severity }) => severity === 'error');
    const objects = `${unaffectedCount.toLocaleString('en')} objects`;
    const counted = countFaults(faults);
    const summary = isBad ? `${counted}; ${objects} are not affected` : `${objects}, ${counted}`;
    stdout.write(`${isBad ? style.bad('✗') : style.good('✔')} ${summary} (${elapsed})\n`);
  }
  return faults.some(({ severity }) => severity === 'error') ? exitCodes.error : exitCodes.ok;
}
