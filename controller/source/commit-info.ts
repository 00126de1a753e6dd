/** Who committed what and when, read from a commit object. */

export interface CommitInfo {
  readonly commit: string;
  readonly committedAt: number;
  /** `Name <address>`, as written: nobody has checked it. */
  readonly author: string;
  /** The first line of the message. */
  readonly subject: string;
}

const TEXT_CHARACTERS_MAX = 200;

/** Takes out what a terminal would obey or a reader would misread. */
function plain(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- control characters are what is taken out.
      .replaceAll(/[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '')
      .trim()
      .slice(0, TEXT_CHARACTERS_MAX)
  );
}

/** The ids of the commits that this one continues. */
export function parseParents(content: Buffer): string[] {
  const text = content.toString('latin1');
  const end = text.indexOf('\n\n');
  const headers = end < 0 ? text : text.slice(0, end);
  return Array.from(headers.matchAll(/^parent ([0-9a-f]+)$/gm), (match) => match[1] ?? '');
}

export function parseCommit(commit: string, content: Buffer): CommitInfo {
  const text = content.toString('utf8');
  const messageStart = text.indexOf('\n\n');
  const headers = messageStart < 0 ? text : text.slice(0, messageStart);
  const message = messageStart < 0 ? '' : text.slice(messageStart + 2);
  const author = /^author (.*?>) /m.exec(headers)?.[1] ?? '';
  const seconds = Number(/^committer .* (\d+) [+-]\d{4}$/m.exec(headers)?.[1] ?? 0);
  return {
    commit,
    committedAt: Math.min(seconds * 1000, Number.MAX_SAFE_INTEGER),
    author: plain(author),
    subject: plain(message.trimStart().split('\n', 1)[0] ?? ''),
  };
}
