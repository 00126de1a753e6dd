/** `tarsctl status`: one screen, problems first. */

import { InvalidArgumentError, type Command } from 'commander';
import { withClient } from '../client.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printData } from '../print-data.ts';
import type { ContextSource } from '../program.ts';

interface StatusOptions {
  readonly wait: boolean;
  readonly timeout: number;
  readonly commit?: string;
}

const secondsMax = 86_400;

export function addStatus(program: Command, context: ContextSource): void {
  program
    .command('status')
    .description('one screen for the whole fleet, problems first')
    .option('--wait', 'wait until everything is as Git says', false)
    .option('--commit <id>', 'with --wait: and until this commit is the one in force')
    .option('--timeout <seconds>', 'with --wait: give up after this long', parseTimeout, 300)
    .addHelpText(
      'after',
      `\nExit status: 0; with --wait: 0 all is as Git says, ${exitCodes.notConverged} not in time.`,
    )
    .action(async (options: StatusOptions) => {
      process.exitCode = options.wait
        ? await waitUntilFine(context(), options.timeout * 1000, options.commit)
        : await printStatus(context());
    });
}

function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= secondsMax) return seconds;
  throw new InvalidArgumentError(`Write a number of seconds from 1 to ${secondsMax}.`);
}

async function printStatus(context: CliContext): Promise<number> {
  const format = selectFormat(context, ['table', 'wide', 'json', 'yaml']);
  const { item, asOf, revision } = await withClient(context, (client) => client.read('status'));
  if (format === 'json' || format === 'yaml') {
    await printData(context.stdout, format, { revision, asOf, ...item });
    return exitCodes.ok;
  }
  const { renderStatus } = await import('../../registry/status/render/render-status.ts');
  const options = { style: context.style, now: asOf, wide: format === 'wide' };
  context.stdout.write(renderStatus(item, options));
  return exitCodes.ok;
}

/** Prints the number of problems whenever it changes, and the whole status in the end. */
async function waitUntilFine(context: CliContext, timeoutMs: number, commit = ''): Promise<number> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const isFine = await withClient(context, async (client) => {
    let told = '';
    for await (const event of client.watchOne('status', { signal: deadline })) {
      const item = event.items.at(-1);
      if (item === undefined) continue;
      const { problems, cluster, source } = item;
      const { services } = cluster.counts;
      const open = services.total - services.fine;
      const { inForceCommit = 'none' } = source;
      const isSeen = inForceCommit.startsWith(commit);
      if (isSeen && open + problems.length === 0) return true;
      const first = problems[0];
      const what = first === undefined ? '' : `, ${first.subject.name}: ${first.reason}`;
      const text = isSeen
        ? `waiting: ${open} of ${services.total} services not as Git says${what}`
        : `waiting for commit ${commit.slice(0, 7)}, in force is ${inForceCommit.slice(0, 7)}${what}`;
      if (text !== told) context.stderr.write(`◎ ${text}\n`);
      told = text;
    }
    return false;
  });
  await printStatus(context);
  return isFine ? exitCodes.ok : exitCodes.notConverged;
}
