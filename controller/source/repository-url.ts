/** Which repositories may be named as a source, and how they are handed to git. */

import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TarsierError } from '../../errors/tarsier-error.ts';

export interface RepositoryUrl {
  readonly transport: 'file' | 'ssh' | 'https' | 'http';
  /** What git gets; an absolute path for `file`. Never holds credentials. */
  readonly fetchUrl: string;
}

const scpForm = /^(?<user>[A-Za-z0-9._-]+)@(?<host>[A-Za-z0-9.-]+):(?<path>[^:\s][^\s]*)$/;
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

function refuse(text: string, why: string, hint: string): TarsierError {
  return new TarsierError('SOURCE_URL_REFUSED', `The repository ${printable(text)} ${why}.`, {
    hint,
  });
}

/** The text without anything that a terminal would obey, and without a password. */
function printable(text: string): string {
  return JSON.stringify(redactUrls(text).slice(0, 200));
}

/** Replaces the user and password of every URL in `text`. */
export function redactUrls(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, (whole, scheme: string) =>
    scheme.toLowerCase() === 'ssh://' && !/:[^/]*@/.test(whole.slice(scheme.length))
      ? whole
      : `${scheme}***@`,
  );
}

function parseLocal(text: string, baseFolder: string): RepositoryUrl {
  const path = isAbsolute(text) ? text : resolve(baseFolder, text);
  return { transport: 'file', fetchUrl: path };
}

function parseNetwork(text: string, url: URL): RepositoryUrl {
  const hint = 'Use https:// or ssh://, or the path of a repository on this machine.';
  if (url.password !== '') {
    throw refuse(
      text,
      'has a password in it',
      'Put the token into a file and name that file; a URL is shown in status and logs.',
    );
  }
  if (url.hostname === '' || url.hostname.startsWith('-')) {
    throw refuse(text, 'has no usable host name', hint);
  }
  // Git reads the text itself, so it must not mean anything else to git than to us.
  if (/%00|%0a|%0d|[\s\\]|:\/\/\//i.test(text)) {
    throw refuse(text, 'has characters that do not belong into a URL', hint);
  }
  if (url.protocol === 'ssh:') return { transport: 'ssh', fetchUrl: text };
  if (url.username !== '') {
    throw refuse(text, 'has a user in it', 'Leave the user out; it comes with the token.');
  }
  if (url.protocol === 'https:') return { transport: 'https', fetchUrl: text };
  if (url.protocol === 'http:' && loopbackHosts.has(url.hostname)) {
    return { transport: 'http', fetchUrl: text };
  }
  throw refuse(text, `cannot be used over ${url.protocol}//`, hint);
}

/**
 * A path, `file://`, `ssh://` (or `user@host:path`), or `https://`; plain `http://` for loopback
 * alone. Throws `SOURCE_URL_REFUSED` for anything else, above all for what git would execute.
 */
export function parseRepositoryUrl(text: string, baseFolder: string): RepositoryUrl {
  if (text === '' || text.startsWith('-') || /[\0\r\n]/.test(text)) {
    throw refuse(text, 'is not a path or URL', 'Give a path, or a URL with https:// or ssh://.');
  }
  if (/^[a-z0-9+.-]+::/i.test(text)) {
    throw refuse(
      text,
      'names an external transport, which git would run as a program',
      'Use https:// or ssh://, or the path of a repository on this machine.',
    );
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    const scp = scpForm.exec(text)?.groups;
    if (scp !== undefined && !text.startsWith('.') && !text.startsWith('/')) {
      if (scp['host']?.startsWith('-'))
        throw refuse(text, 'has no usable host name', 'Use ssh://.');
      return { transport: 'ssh', fetchUrl: text };
    }
    if (/^[^./][^/]*:/.test(text)) {
      throw refuse(text, 'is not a path or URL', 'Write a path with a colon as ./name:with-colon.');
    }
    return parseLocal(text, baseFolder);
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new TarsierError(
      'SOURCE_URL_REFUSED',
      `The repository ${printable(text)} is not a URL.`,
      {
        hint: 'Give a path, or a URL with https:// or ssh://.',
        cause,
      },
    );
  }
  if (scheme !== 'file') return parseNetwork(text, url);
  if (url.host !== '' && url.host !== 'localhost') {
    throw refuse(text, 'names another machine by file://', 'Use ssh:// for another machine.');
  }
  return { transport: 'file', fetchUrl: fileURLToPath(url) };
}
