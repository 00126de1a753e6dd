/** Objects of a repository for the services in `test/conformance/`. */

export interface NodePlace {
  readonly name: string;
  readonly address: string;
  readonly portRange: { readonly from: number; readonly to: number };
}

export function nodesText(nodes: readonly NodePlace[]): string {
  const center = `apiVersion: tarsier/v1
kind: DataCenter
metadata: { name: lab }
spec: { role: primary }
`;
  const objects = nodes.map(
    ({ name, address, portRange: { from, to } }) => `apiVersion: tarsier/v1
kind: Node
metadata: { name: ${name} }
spec:
  dataCenter: lab
  addresses: { lan: ${address} }
  portRange: { from: ${from}, to: ${to} }
`,
  );
  return [center, ...objects, ownTemplate].join('---\n');
}

/** Services report every 10 s, which is the shortest that their libraries take. */
const ownTemplate = `apiVersion: tarsier/v1
kind: Template
metadata: { name: tars.default }
spec:
  parent: tars.default
  content: |
    <tars>
      <application>
        <client>
          report-interval=10000
        </client>
      </application>
    </tars>
`;

export interface ServiceText {
  readonly name: string;
  readonly type: 'tars-nodejs' | 'tars-go' | 'tars-java';
  /** Default: named like the service. */
  readonly package?: string;
  readonly version?: string;
  readonly state?: 'running' | 'stopped';
  readonly nodes: readonly string[];
  readonly servants?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Private template: lines of TARS text. */
  readonly profile?: string;
}

export function serviceText(service: ServiceText): string {
  const { name, type, version = '1.0.0', nodes, servants = [], env = {}, profile } = service;
  const variables = Object.entries(env).map(([key, value]) => `    ${key}: "${value}"\n`);
  const lines = profile?.split('\n').map((line) => `    ${line}\n`) ?? [];
  return `apiVersion: tarsier/v1
kind: Service
metadata: { name: ${name} }
spec:
  type: ${type}
  state: ${service.state ?? 'running'}
  release: { package: ${service.package ?? name}, version: "${version}" }
  placement: [{ nodes: [${nodes.join()}] }]
  servants: [${servants.map((servant) => `{ name: ${servant} }`).join()}]
${env === undefined || variables.length === 0 ? '' : `  env:\n${variables.join('')}`}${lines.length === 0 ? '' : `  profile: |\n${lines.join('')}`}`;
}

export function configText(service: string, fileName: string, content: string): string {
  return `apiVersion: tarsier/v1
kind: Config
metadata: { name: ${service}.${fileName} }
spec:
  scope: { service: ${service} }
  fileName: ${fileName}
  content: |
${content
  .trimEnd()
  .split('\n')
  .map((line) => `    ${line}\n`)
  .join('')}`;
}
