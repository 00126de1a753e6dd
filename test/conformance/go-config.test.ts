/** The configuration of a service, as the Go library of TARS reads it. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { renderServiceConfig } from '../../nodeagent/tars-config/service-config.ts';
import { parseConfigText, type Section } from '../../tars/config/config-text.ts';
import { configSource } from '../support/agent/config-source.ts';
import { servant } from '../support/agent/targets.ts';
import { buildGoProgram } from '../support/tars/go-program.ts';

const go = buildGoProgram(fileURLToPath(new URL('go-config/', import.meta.url)));
afterAll(() => go?.remove());

interface GoSection {
  readonly values: Readonly<Record<string, string>>;
  readonly sections: Readonly<Record<string, GoSection>>;
}

function plain(section: Section): GoSection {
  return {
    values: Object.fromEntries(section.values),
    sections: Object.fromEntries([...section.sections].map(([name, one]) => [name, plain(one)])),
  };
}

describe.skipIf(go === undefined)(
  go === undefined ? 'Go (skipped: no Go toolchain, or no module of TARS for it)' : 'Go',
  () => {
    it('finds every adapter and every value where we find them', () => {
      const auth = { accessKey: 'ak', secretKey: { plain: 'unused' } };
      const text = renderServiceConfig(
        configSource({
          type: 'tars-go',
          set: 'shop.north.1',
          servants: [servant('CartObj', { protocol: 'tars', auth }), servant('WebObj')],
          servantKeys: new Map([['CartObj', 's3cret=']]),
          callerKeys: [{ object: 'Pay.PayServer.PayObj', accessKey: 'me', secretKey: 'x' }],
        }),
      );
      const found = JSON.parse(
        execFileSync(go!.path, { input: text, encoding: 'utf8' }),
      ) as GoSection;
      const ours = parseConfigText(text).sections.get('tars')?.sections.get('application');
      expect(Object.keys(found.sections['server']!.sections)).toHaveLength(2);
      expect(found).toEqual(plain(ours!));
    });
  },
);
