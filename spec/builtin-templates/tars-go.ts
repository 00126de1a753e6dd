/** Template of services in Go: what all have is enough for them. */

import type { BuiltinTemplate } from './builtin-template.ts';

export const tarsGo: BuiltinTemplate = {
  name: 'tars.go.default',
  parent: 'tars.default',
  text: '',
};
