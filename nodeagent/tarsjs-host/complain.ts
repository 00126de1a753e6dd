/** One line on the service's own error output: the host has no log of its own. */

export function complain(what: string, fields: unknown): void {
  const text = fields instanceof Error ? (fields.stack ?? fields.message) : JSON.stringify(fields);
  process.stderr.write(`tarsier: ${what}: ${text}\n`);
}
