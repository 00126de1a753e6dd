/** What a webhook of GitHub, GitLab or Gitea says: whether a branch moved, and which one. */

import type { IncomingHttpHeaders } from 'node:http';

export type WebhookNews =
  | { readonly kind: 'push'; readonly branch: string }
  /** Nothing that moves a branch: a ping, a tag, another event. */
  | { readonly kind: 'other'; readonly event: string }
  | { readonly kind: 'unreadable' };

const eventHeaders = ['x-gitlab-event', 'x-gitea-event', 'x-forgejo-event', 'x-github-event'];
const pushEvents = new Set(['push', 'Push Hook', 'System Hook']);
const branchPrefix = 'refs/heads/';

function parseBody(contentType: string, body: Uint8Array): unknown {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  // GitHub's other content type: the JSON is a form field.
  const isForm = contentType.startsWith('application/x-www-form-urlencoded');
  const json = isForm ? (new URLSearchParams(text).get('payload') ?? '') : text;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export function readWebhook(headers: IncomingHttpHeaders, body: Uint8Array): WebhookNews {
  const payload = parseBody(headers['content-type'] ?? '', body);
  if (typeof payload !== 'object' || payload === null) return { kind: 'unreadable' };
  const named = eventHeaders.map((name) => headers[name]).find((value) => value !== undefined);
  const event = (typeof named === 'string' ? named : '').slice(0, 60);
  if (!pushEvents.has(event)) return { kind: 'other', event };
  const ref: unknown = 'ref' in payload ? payload.ref : undefined;
  if (typeof ref !== 'string') return { kind: 'other', event };
  if (!ref.startsWith(branchPrefix)) return { kind: 'other', event: `${event} of a tag` };
  return { kind: 'push', branch: ref.slice(branchPrefix.length) };
}
