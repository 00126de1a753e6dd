/** How values and counts are written in a plan. */

/** Longer values are cut: the plan shows that they differ, the repository shows how. */
const valueLengthMax = 60;

export function formatValue(path: string, value: unknown): string {
  if (isSecretPath(path)) return '(not shown)';
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const fields = Object.entries(value).map(([key, inner]) => `${key} ${formatValue(key, inner)}`);
    return shorten(fields.join(', '));
  }
  if (typeof value !== 'string') return shorten(JSON.stringify(value));
  if (value.startsWith('sha256:')) return shortDigest(value);
  const isPlain = /^[^\s"]+( [^\s"]+)*$/.test(value);
  return shorten(isPlain ? value : JSON.stringify(value));
}

/** A plan is pasted into pull requests and logs. */
function isSecretPath(path: string): boolean {
  return /(password|passwd|secret|token|credential|private_?key|api_?key)/i.test(path);
}

function shorten(text: string): string {
  return text.length > valueLengthMax ? `${text.slice(0, valueLengthMax - 1)}…` : text;
}

/** `sha256:77c04e1f…` → `77c04e…`. */
export function shortDigest(digest: string): string {
  return `${digest.replace('sha256:', '').slice(0, 6)}…`;
}
