/** All built-in templates, and which of them a service gets that names none. */

import type { ServiceType, TarsType } from '../desired-state.ts';
import type { BuiltinTemplate } from './builtin-template.ts';
import { tarsCpp, tarsPython } from './tars-cpp.ts';
import { tarsDefault } from './tars-default.ts';
import { tarsGo } from './tars-go.ts';
import { tarsJava, tarsSpringboot } from './tars-java.ts';
import { tarsNodejs } from './tars-nodejs.ts';
import { tarsPhp } from './tars-php.ts';

export const builtinTemplates: readonly BuiltinTemplate[] = [
  tarsDefault,
  tarsCpp,
  tarsGo,
  tarsNodejs,
  tarsJava,
  tarsSpringboot,
  tarsPhp,
  tarsPython,
];

const byType: Readonly<Record<TarsType, BuiltinTemplate>> = {
  'tars-cpp': tarsCpp,
  'tars-java': tarsJava,
  'tars-nodejs': tarsNodejs,
  'tars-go': tarsGo,
  'tars-php': tarsPhp,
  'tars-python': tarsPython,
};

/** Undefined for a process: templates mean nothing to it. */
export function defaultTemplateOf(type: ServiceType): string | undefined {
  return type === 'process' ? undefined : byType[type].name;
}
