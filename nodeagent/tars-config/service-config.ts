/** The configuration file that a TARS library reads at start: generated parts, then the template on top. */

import type { ServantSpec } from '../../spec/desired-state.ts';
import {
  emptySection,
  mergeSections,
  parseConfigText,
  printConfigText,
  type Section,
} from '../../tars/config/config-text.ts';

export interface ServiceConfigSource {
  /** `App.Server`. */
  readonly service: string;
  readonly node: string;
  readonly address: string;
  /** Absolute folders. */
  readonly basePath: string;
  readonly dataPath: string;
  readonly logPath: string;
  readonly stopTimeoutMs: number;
  readonly servants: readonly ServantSpec[];
  /** By servant name. */
  readonly ports: ReadonlyMap<string, number>;
  /** Merged framework template and private profile. */
  readonly template: string | undefined;
}

/** Rendering order and macros of tars-contract §4.2 and §4.3; the template wins on equal keys. */
export function renderServiceConfig(source: ServiceConfigSource): string {
  const generated = generate(source);
  const template = replaceTemplateMacros(source.template ?? '', source);
  return printConfigText(mergeSections(generated, parseConfigText(template)));
}

function generate(source: ServiceConfigSource): Section {
  const [app = '', server = ''] = splitService(source.service);
  const serverSection = section({
    app,
    server,
    localip: source.address,
    nodename: source.node,
    node_name: source.node,
    basepath: withSlash(source.basePath),
    datapath: withSlash(source.dataPath),
    logpath: withSlash(source.logPath),
    logsize: '10M',
    lognum: '10',
    // Libraries disagree on the spelling, and Java refuses to start without the second.
    logLevel: 'INFO',
    loglevel: 'INFO',
    'deactivating-timeout': String(source.stopTimeoutMs),
  });
  for (const servant of source.servants) {
    serverSection.sections.set(
      `${source.service}.${servant.name}Adapter`,
      adapter(source, servant),
    );
  }
  const client = section({
    'sync-invoke-timeout': '3000',
    'async-invoke-timeout': '5000',
    'refresh-endpoint-interval': '60000',
    'report-interval': '60000',
    modulename: source.service,
  });
  const application = section({ enableset: 'n', setdivision: 'NULL' });
  application.sections.set('server', serverSection).set('client', client);
  const tars = emptySection();
  tars.sections.set('application', application);
  const root = emptySection();
  root.sections.set('tars', tars);
  return root;
}

function adapter(source: ServiceConfigSource, servant: ServantSpec): Section {
  const port = source.ports.get(servant.name) ?? 0;
  return section({
    allow: '',
    endpoint: `tcp -h ${source.address} -p ${port} -t 60000`,
    maxconns: String(servant.maxConnections),
    protocol: servant.protocol === 'tars' ? 'tars' : 'not_tars',
    queuecap: String(servant.queueCapacity),
    queuetimeout: String(servant.queueTimeoutMs),
    servant: `${source.service}.${servant.name}`,
    threads: String(servant.threads),
  });
}

function replaceTemplateMacros(template: string, source: ServiceConfigSource): string {
  const [app = '', server = ''] = splitService(source.service);
  const values: Readonly<Record<string, string>> = {
    modulename: source.service,
    serverid: source.service,
    app,
    server,
    nodename: source.node,
    localip: source.address,
    basepath: withSlash(source.basePath),
    datapath: withSlash(source.dataPath),
    logpath: withSlash(source.logPath),
    setdivision: 'NULL',
    enableset: 'n',
    asyncthread: '0',
  };
  return template.replaceAll(/\$\{([a-z-]+)\}/g, (whole: string, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

/** The server is what follows the first dot. */
function splitService(service: string): [app: string, server: string] {
  const dot = service.indexOf('.');
  return [service.slice(0, dot), service.slice(dot + 1)];
}

function section(values: Readonly<Record<string, string>>): Section {
  return { values: new Map(Object.entries(values)), sections: new Map() };
}

function withSlash(folder: string): string {
  return folder.endsWith('/') ? folder : `${folder}/`;
}
