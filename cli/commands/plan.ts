/** `tarsctl plan [ref]`: what a commit, or the working tree, would change of what is in force. */

import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import type { Fault } from '../../spec/fault.ts';
import type { ReadSource } from '../../spec/fault-output/place-fault.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printData } from '../print-data.ts';
import type { ContextSource } from '../program.ts';

interface PlanOptions {
  readonly repo: string;
  readonly path: string;
}

export function addPlan(program: Command, context: ContextSource): void {
  program
    .command('plan')
    .description('what the working tree, or a commit, would change')
    .argument('[ref]', 'branch, tag or commit of the repository; the working tree if not given')
    .option('-C, --repo <folder>', 'the repository', '.')
    .option('--path <folder>', 'folder of the repository that holds the objects', '')
    .addHelpText(
      'after',
      '\nFormats: -o text (default), json, yaml.\n' +
        'Exit status: 0 nothing changes, 1 faults or failure, 2 there are changes.',
    )
    .action(async (ref: string | undefined, options: PlanOptions) => {
      process.exitCode = await plan(context(), ref, options);
    });
}

async function plan(
  context: CliContext,
  ref: string | undefined,
  { repo, path }: PlanOptions,
): Promise<number> {
  const format = selectFormat(context, ['text', 'json', 'yaml']);
  const started = performance.now();
  const { loadCommit, loadWorkingTree } = await import('../plan/load-next.ts');
  const { compareWithForce } = await import('../plan/compare-with-force.ts');
  const next = await (ref === undefined
    ? loadWorkingTree(repo, path)
    : loadCommit(repo, ref, path));
  const { plan: changes, brake, commit, held } = await compareWithForce(context, next, hash);
  const faults = [...next.resolved.faults, ...brake.faults];
  const isBroken = faults.some(({ severity }) => severity === 'error');
  if (format !== 'text') {
    const { reportFaults } = await import('../../spec/fault-output/render-json.ts');
    const answer = {
      inForce: commit,
      plan: changes,
      held,
      holdReason: brake.holdReason,
      faults: reportFaults(faults, next.readSource),
    };
    await printData(context.stdout, format, answer);
  } else {
    await printFaults(context, faults, next.readSource);
    const { renderPlan } = await import('../../spec/difference/render-plan.ts');
    const { stdout, style } = context;
    const rendered = renderPlan(changes, {
      style,
      ...(commit === undefined ? {} : { inForce: commit.slice(0, 7) }),
      tookMs: Math.round(performance.now() - started),
    });
    stdout.write(rendered);
    for (const { object, message } of held) {
      stdout.write(
        `${style.warn('Held')}: ${object.kind} ${object.name} stays as it is: ${message}\n`,
      );
    }
    if (brake.holdReason !== undefined) {
      stdout.write(`${style.bad('Held')}: ${brake.holdReason.message}\n`);
    }
  }
  if (isBroken || brake.holdReason !== undefined) return exitCodes.error;
  const { add, change, remove } = changes.summary;
  return add + change + remove === 0 ? exitCodes.ok : exitCodes.changes;
}

async function printFaults(
  { stdout, style }: CliContext,
  faults: readonly Fault[],
  readSource: ReadSource,
): Promise<void> {
  if (faults.length === 0) return;
  const { renderFaultsAsText } = await import('../../spec/fault-output/render-text.ts');
  stdout.write(`${renderFaultsAsText(faults, readSource, style)}\n\n`);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
