/** Starts a Java service: a web application that was unpacked, or one jar. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { splitService, withSlash } from '../../tars-config/section-parts.ts';
import type { TemplateKeys } from '../../tars-config/template-keys.ts';
import { sortJvmFlags } from './jvm-flags.ts';
import type { Launch, LaunchSource } from './launch.ts';
import { execLine } from './quote.ts';

const startupClass = 'com.qq.tars.server.startup.Main';

export function javaCommand(source: LaunchSource): Launch {
  const { conf, keys } = source;
  const { kept, dropped } = sortJvmFlags(keys.get('jvmparams') ?? '');
  const program = isJar(source) ? jarWords(source) : classWords(source);
  return {
    command: execLine([keys.get('java') ?? 'java', `-Dconfig=${conf}`, ...kept, ...program]),
    beats: 'library',
    admin: true,
    stopSignal: 'SIGTERM',
    ...(dropped.length === 0
      ? {}
      : {
          remark: {
            reason: 'JvmFlagsDropped',
            message: `It runs without ${dropped.join(' ')}: a modern Java refuses to start with them. Take them out of jvmparams in its template.`,
          },
        }),
  };
}

/** What the template says; as long as it says nothing of its own, what is in the package. */
function isJar({ bin, keys }: LaunchSource): boolean {
  const format = keys.get('packageFormat');
  if (format !== undefined) return format === 'jar';
  const hasOwnPath = keys.get('classpath')?.includes('/WEB-INF/') === false;
  return ownMainClass(keys) === undefined && !hasOwnPath && !existsSync(join(bin, 'WEB-INF'));
}

/** The stock template names the usual one, for whatever is in the package. */
function ownMainClass(keys: TemplateKeys): string | undefined {
  const named = keys.get('mainclass');
  return named === startupClass ? undefined : named;
}

/** A shell star in the class path is for Java to expand: it stands behind the last folder alone. */
function classWords({ bin, keys }: LaunchSource): readonly string[] {
  const base = withSlash(bin);
  const usual = ['conf', 'WEB-INF/classes', 'WEB-INF/lib'].map((folder) => `${base}${folder}`);
  const classPath = keys.get('classpath') ?? usual.join(':');
  return ['-cp', `${classPath}/*`, keys.get('mainclass') ?? startupClass];
}

function jarWords(source: LaunchSource): readonly string[] {
  const { bin, content, keys } = source;
  const usual = `-jar ${join(bin, `${content.service}.jar`)}`;
  const words = (ownMainClass(keys) ?? usual).split(/\s+/);
  const at = words.indexOf('-jar');
  const named = at < 0 ? undefined : words[at + 1];
  if (named === undefined || existsSync(named)) return words;
  return words.with(at + 1, findJar(source, named));
}

/** Build tools name a jar after the server; TARS renamed it when it was published. */
function findJar({ bin, content }: LaunchSource, named: string): string {
  const [, server] = splitService(content.service);
  const jars = existsSync(bin) ? readdirSync(bin).filter((name) => name.endsWith('.jar')) : [];
  const own = [`${content.service}.jar`, `${server}.jar`].find((name) => jars.includes(name));
  const jar = own ?? (jars.length === 1 ? jars[0] : undefined);
  if (jar !== undefined) return join(bin, jar);
  throw new TarsierError(
    'AGENT_START_UNKNOWN',
    `Cannot start ${content.service}: its package has no ${named}, and ${jars.length === 0 ? 'no other jar' : `more than one jar (${jars.join(', ')})`}. Name it in the template key "mainclass", or set run.start.`,
  );
}
