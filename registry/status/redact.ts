/** Masks what looks like a secret in rendered content, before it is shown to readers. */

import type { InstanceRevision, ServantAuth, ServedFile } from '../../spec/desired-state.ts';

const mask = '******';
const secretName = /passw|secret|token|credential|private_?key|api_?key|access_?key/i;
/** `name = value`, `name: value`, `<name>value`, `"name": "value"` at the start of a line. */
const assignment = /^(\s*["'<]?([\w.-]+)["'>]?\s*[:=]?\s*)(\S.*)$/;

/** Names are kept: readers see that a value is there, not what it is. */
export function redactRevision(revision: InstanceRevision): InstanceRevision {
  return {
    ...revision,
    env: Object.fromEntries(
      Object.entries(revision.env).map(([name, value]) => [
        name,
        secretName.test(name) ? mask : redactText(value),
      ]),
    ),
    files: revision.files.map((file) => ({ ...file, content: redactText(file.content) })),
    ...(revision.template !== undefined && { template: redactText(revision.template) }),
    servants: revision.servants.map(({ auth, ...servant }) => ({
      ...servant,
      ...(auth !== undefined && { auth: redactAuth(auth) }),
    })),
    ...(revision.served !== undefined && { served: revision.served.map(redactServed) }),
    ...(revision.calls !== undefined && {
      calls: revision.calls.map(({ object, auth }) => ({ object, auth: redactAuth(auth) })),
    }),
  };
}

function redactAuth({ accessKey, secretKey }: ServantAuth): ServantAuth {
  const masked = 'plain' in secretKey ? { plain: mask } : { ...secretKey, ciphertext: mask };
  return { accessKey, secretKey: masked };
}

function redactServed({ content, appContent, ...file }: ServedFile): ServedFile {
  return {
    ...file,
    content: redactText(content),
    ...(appContent !== undefined && { appContent: redactText(appContent) }),
  };
}

function redactText(text: string): string {
  return text
    .split('\n')
    .map((line) => redactLine(line))
    .join('\n');
}

function redactLine(line: string): string {
  const withoutLogin = line.replace(/(:\/\/[^/\s:@]+:)[^/\s@]+@/g, `$1${mask}@`);
  const found = assignment.exec(withoutLogin);
  const [, head = '', name = ''] = found ?? [];
  return secretName.test(name) ? `${head}${mask}` : withoutLogin;
}
