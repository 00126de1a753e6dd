/** The macros of a template (tars-contract §4.3), replaced in its text before it is parsed. */

import { locatorText, nodeText } from './framework-objects.ts';
import { splitService, withSlash } from './section-parts.ts';
import type { ServiceConfigSource } from './service-config-source.ts';

/** By name; what a template may write as `${name}`. */
export function configMacros(source: ServiceConfigSource): Readonly<Record<string, string>> {
  const [app, server] = splitService(source.service);
  const address = source.servantsAddress;
  return {
    locator: address === undefined ? '' : locatorText(address),
    node: address === undefined ? '' : nodeText(address),
    modulename: source.service,
    serverid: source.service,
    app,
    server,
    nodename: source.node,
    localip: Object.values(source.addresses)[0] ?? '127.0.0.1',
    local: `tcp -h 127.0.0.1 -p ${source.adminPort} -t 10000`,
    exe: source.exe,
    basepath: withSlash(source.basePath),
    datapath: withSlash(source.dataPath),
    logpath: withSlash(source.logPath),
    mainclass: `com.qq.${app.toLowerCase()}.${server.toLowerCase()}.${server}`,
    setdivision: source.set ?? 'NULL',
    enableset: source.set === undefined ? 'n' : 'y',
    // Node: one worker for each processor core.
    asyncthread: source.type === 'tars-nodejs' ? '0' : '3',
    'config-center-port': '0',
    // Of containers, and of the framework's own key: there are none.
    baseimage: '',
    sha: '',
    priKey: '',
  };
}

/** A macro that nobody knows stays as it is written, as in TARS. */
export function replaceConfigMacros(
  template: string,
  values: Readonly<Record<string, string>>,
): string {
  return template.replaceAll(/\$\{([A-Za-z-]+)\}/g, (whole: string, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}
