/** The configuration file that a TARS library reads at start: generated parts, then the template on top. */

import {
  emptySection,
  mergeSections,
  parseConfigText,
  printConfigText,
  type Section,
} from '../../tars/config/config-text.ts';
import { adapterSection } from './adapter-section.ts';
import { configMacros, replaceConfigMacros } from './config-macros.ts';
import { locatorText, nodeText } from './framework-objects.ts';
import { section, splitService, withSlash } from './section-parts.ts';
import type { ServiceConfigSource } from './service-config-source.ts';

export function renderServiceConfig(source: ServiceConfigSource): string {
  return printConfigText(buildServiceConfig(source));
}

/**
 * Rendering order and macros of tars-contract §4.2 and §4.3: the template wins on equal keys. Two
 * keys are the agent's own: how long a stop may take, which it keeps, and that PHP stays where it
 * can be watched.
 */
export function buildServiceConfig(source: ServiceConfigSource): Section {
  const text = replaceConfigMacros(source.template ?? '', configMacros(source));
  const merged = mergeSections(generate(source), parseConfigText(text));
  const { server, client } = applicationParts(merged);
  server.values.set('deactivating-timeout', String(source.stopTimeoutMs));
  if (source.type === 'tars-php') server.values.set('daemonize', '0');
  if (server.values.get('node') === '') server.values.delete('node');
  if ((client.values.get('locator') ?? '') === '') withoutFramework(server, client);
  return merged;
}

/** Where nothing can be looked up, a library would fail at the name of the first framework object. */
function withoutFramework(server: Section, client: Section): void {
  client.values.delete('locator');
  const named = [
    ...['config', 'notify', 'log'].map((key) => [server, key] as const),
    ...['stat', 'property'].map((key) => [client, key] as const),
  ];
  for (const [{ values }, key] of named) {
    if (values.get(key)?.includes('@') !== true) values.delete(key);
  }
}

/** `mergeSections` keeps what was generated, so both are always there. */
function applicationParts(root: Section): { readonly server: Section; readonly client: Section } {
  const application = root.sections.get('tars')?.sections.get('application');
  return {
    server: application?.sections.get('server') ?? emptySection(),
    client: application?.sections.get('client') ?? emptySection(),
  };
}

function generate(source: ServiceConfigSource): Section {
  const application = section({
    enableset: source.set === undefined ? 'n' : 'y',
    setdivision: source.set ?? 'NULL',
  });
  application.sections.set('server', serverSection(source)).set('client', clientSection(source));
  const tars = emptySection();
  tars.sections.set('application', application);
  const root = emptySection();
  root.sections.set('tars', tars);
  return root;
}

function serverSection(source: ServiceConfigSource): Section {
  const [app, server] = splitService(source.service);
  const address = source.servantsAddress;
  const made = section({
    ...(address === undefined ? {} : { node: nodeText(address) }),
    app,
    server,
    localip: Object.values(source.addresses)[0] ?? '127.0.0.1',
    nodename: source.node,
    node_name: source.node,
    local: `tcp -h 127.0.0.1 -p ${source.adminPort} -t 10000`,
    basepath: withSlash(source.basePath),
    datapath: withSlash(source.dataPath),
    logpath: withSlash(source.logPath),
    logsize: '10M',
    lognum: '10',
    // Libraries disagree on the spelling, and Java refuses to start without the second.
    logLevel: 'INFO',
    loglevel: 'INFO',
    ...(address === undefined
      ? {}
      : {
          config: 'tars.tarsconfig.ConfigObj',
          notify: 'tars.tarsnotify.NotifyObj',
          log: 'tars.tarslog.LogObj',
        }),
  });
  for (const servant of source.servants) {
    made.sections.set(adapterName(source.service, servant.name), adapterSection(servant, source));
  }
  return made;
}

function clientSection(source: ServiceConfigSource): Section {
  const address = source.servantsAddress;
  const made = section({
    ...(address === undefined
      ? {}
      : {
          locator: locatorText(address),
          stat: 'tars.tarsstat.StatObj',
          property: 'tars.tarsproperty.PropertyObj',
        }),
    'sync-invoke-timeout': '3000',
    'async-invoke-timeout': '5000',
    'refresh-endpoint-interval': '60000',
    'report-interval': '60000',
    modulename: source.service,
  });
  for (const { object, accessKey, secretKey } of source.callerKeys) {
    made.sections.set(object, section({ accesskey: accessKey, secretkey: secretKey }));
  }
  return made;
}

/** How libraries call the adapter of a servant, also in their beats. */
export function adapterName(service: string, servant: string): string {
  return `${service}.${servant}Adapter`;
}
