/** The TARS text format, merged section by section. */

import { checkConfigText } from '../../tars/config/check-config-text.ts';
import { mergeSections, parseConfigText, printConfigText } from '../../tars/config/config-text.ts';
import type { TextFormat } from './text-format.ts';

export const tarsFormat: TextFormat = {
  name: 'TARS',
  check: checkConfigText,
  merge: (texts) => printConfigText(texts.map(parseConfigText).reduce(mergeSections)),
};
