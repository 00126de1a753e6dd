/** Template of services in Node.js: what all have is enough for them. */

import type { BuiltinTemplate } from './builtin-template.ts';

export const tarsNodejs: BuiltinTemplate = {
  name: 'tars.nodejs.default',
  parent: 'tars.default',
  text: '',
};
