/** Command lines and variables of a service with their macros replaced. */

import type { InstanceRevision } from '../../../spec/desired-state.ts';
import type { RunIntent } from '../run/run-intent.ts';
import { replaceMacros, type MacroValues } from './macros.ts';

export type RenderedCommands = Pick<
  RunIntent,
  'start' | 'stop' | 'preStart' | 'postStop' | 'monitor'
>;

/** Fails with `AGENT_MACRO_UNKNOWN`. */
export function renderCommands(
  content: InstanceRevision,
  macros: MacroValues,
  start: string,
): RenderedCommands {
  const { hooks, monitor, stop } = content;
  const render = (text: string, where: string): string => replaceMacros(text, macros, where);
  return {
    start: render(start, 'run.start'),
    ...(stop === undefined ? {} : { stop: render(stop, 'run.stop') }),
    ...(hooks.preStart === undefined
      ? {}
      : { preStart: render(hooks.preStart, 'run.hooks.preStart') }),
    ...(hooks.postStop === undefined
      ? {}
      : { postStop: render(hooks.postStop, 'run.hooks.postStop') }),
    ...(monitor === undefined
      ? {}
      : { monitor: { ...monitor, target: render(monitor.target, 'run.monitor') } }),
  };
}

/** Fails with `AGENT_MACRO_UNKNOWN`. */
export function renderEnvironment(
  content: InstanceRevision,
  macros: MacroValues,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(content.env).map(([name, value]) => [
      name,
      replaceMacros(value, macros, `env.${name}`),
    ]),
  );
}
