/** Small pieces that every part of a service's configuration is made of. */

import type { Section } from '../../tars/config/config-text.ts';

export function section(values: Readonly<Record<string, string>>): Section {
  return { values: new Map(Object.entries(values)), sections: new Map() };
}

/** The server is what follows the first dot. */
export function splitService(service: string): readonly [app: string, server: string] {
  const dot = service.indexOf('.');
  return [service.slice(0, dot), service.slice(dot + 1)];
}

export function withSlash(folder: string): string {
  return folder.endsWith('/') ? folder : `${folder}/`;
}
