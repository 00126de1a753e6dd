/** `tarsctl explain Service.spec.rollout`: what can be written there, and what it means. */

import type { Command } from 'commander';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { Explanation } from '../../spec/explain.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { printData } from '../print-data.ts';
import type { ContextSource } from '../program.ts';

export function addExplain(program: Command, context: ContextSource): void {
  program
    .command('explain')
    .description('what can be written at a place of an object, with defaults and examples')
    .argument('[path]', 'kind, or path such as Service.spec.rollout')
    .addHelpText('after', '\nFormats: -o text (default), json, yaml.')
    .action(async (path: string | undefined) => {
      await (path === undefined ? printKinds(context()) : print(path, context()));
    });
}

async function printKinds(context: CliContext): Promise<void> {
  const { stdout, style } = context;
  const format = selectFormat(context, ['text', 'json', 'yaml']);
  if (format !== 'text') {
    const { listKinds } = await import('../../spec/explain.ts');
    return printData(stdout, format, listKinds());
  }
  const { renderKinds } = await import('../../spec/render-explanation.ts');
  stdout.write(`${renderKinds(style)}\n`);
  return undefined;
}

async function print(path: string, context: CliContext): Promise<void> {
  const { explain } = await import('../../spec/explain.ts');
  const explanation = explain(path);
  if (explanation.state === 'unknown') throw unknownPath(explanation);
  const { stdout, style } = context;
  const format = selectFormat(context, ['text', 'json', 'yaml']);
  if (format !== 'text') return printData(stdout, format, explanation);
  const { renderExplanation } = await import('../../spec/render-explanation.ts');
  stdout.write(`${renderExplanation(explanation, style)}\n`);
  return undefined;
}

function unknownPath({
  path,
  part,
  known,
  meant,
}: Extract<Explanation, { state: 'unknown' }>): TarsierError {
  const parent = path.slice(0, -part.length - 1);
  const where = parent === '' ? 'There is no kind' : `${parent} has no field`;
  const guess = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return new TarsierError('USAGE', `${where} ${part}.${guess}`, {
    hint: known.length === 0 ? `${parent} has no fields.` : `Known here: ${known.join(', ')}.`,
  });
}
