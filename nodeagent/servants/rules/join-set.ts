/** A TARS SET that came in three fields, as one text. */

/** `name.area.group`; empty unless all parts are there. */
export function joinSet(parts: readonly string[]): string {
  return parts.includes('') ? '' : parts.join('.');
}
