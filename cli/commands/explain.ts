/** `tarsctl explain Service.spec.rollout`: what can be written there, and what it means. */

import type { Command } from 'commander';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { Explanation } from '../../spec/explain.ts';
import { selectFormat, type CliContext } from '../context.ts';
import type { ContextSource } from '../program.ts';

export function addExplain(program: Command, context: ContextSource): void {
  program
    .command('explain')
    .description('what can be written at a place of an object, with defaults and examples')
    .argument('[path]', 'kind, or path such as Service.spec.rollout')
    .action(async (path: string | undefined) => {
      const { stdout, style } = context();
      const { renderKinds } = await import('../../spec/render-explanation.ts');
      if (path === undefined) stdout.write(`${renderKinds(style)}\n`);
      else await print(path, context());
    });
}

async function print(path: string, context: CliContext): Promise<void> {
  const { explain } = await import('../../spec/explain.ts');
  const explanation = explain(path);
  if (explanation.state === 'unknown') throw unknownPath(explanation);
  const { stdout, style } = context;
  if (selectFormat(context, ['text', 'json']) === 'json') {
    stdout.write(`${JSON.stringify(explanation, undefined, 2)}\n`);
    return;
  }
  const { renderExplanation } = await import('../../spec/render-explanation.ts');
  stdout.write(`${renderExplanation(explanation, style)}\n`);
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
