/**
 * One type per kind, as objects look once the defaults of their schema are filled in.
 * Generated from the schemas of this folder by `npm run generate:types`: edit those instead.
 */

/**
 * Defaults and safety limits of the whole fleet. A repository holds at most one; without it, the defaults hold.
 */
export interface Cluster {
  /**
   * Version of the language that this document is written in.
   */
  apiVersion: 'tarsier/v1';
  /**
   * What this document describes.
   */
  kind: 'Cluster';
  metadata: ClusterMetadata;
  spec: ClusterSpec;
}
/**
 * Who this object is.
 */
export interface ClusterMetadata {
  /**
   * Name of the fleet, shown by every command.
   */
  name: string;
}
/**
 * What holds for every object of the repository.
 */
export interface ClusterSpec {
  deletionBrake: ClusterDeletionBrake;
  defaults: ClusterDefaults;
}
/**
 * A commit that removes more than this is held until it is confirmed.
 */
export interface ClusterDeletionBrake {
  /**
   * Services that one commit may remove without confirmation.
   */
  maxServices: number;
  /**
   * Instances that one commit may remove without confirmation.
   */
  maxInstances: number;
  /**
   * Nodes that one commit may remove without confirmation.
   */
  maxNodes: number;
  /**
   * Confirms a large removal: exactly the number of objects that this commit removes, as the held commit's message names it. Valid for the commit that sets it alone.
   */
  confirmDelete?: number;
}
/**
 * Values for services that do not say otherwise.
 */
export interface ClusterDefaults {
  rollout: ClusterRollout;
  timeouts: ClusterTimeouts;
}
/**
 * How a change is rolled out.
 */
export interface ClusterRollout {
  /**
   * rolling: batch after batch. recreate: stop all instances, then start all.
   */
  strategy: 'rolling' | 'recreate';
  /**
   * Instances that are changed at the same time in one scope: a number, or a percentage of the scope, rounded down, at least 1.
   */
  batch: number | string;
  /**
   * Instances of one scope that may be out of service at any moment of a rollout: a number, or a percentage, rounded down, at least 1.
   */
  maxUnavailable: number | string;
  /**
   * A rollout without progress for this long is shown as stalled.
   */
  progressDeadline: string;
}
/**
 * How long processes may take.
 */
export interface ClusterTimeouts {
  /**
   * A process that is not ready after this many milliseconds is restarted.
   */
  startTimeoutMs: number;
  /**
   * A process that is still there this many milliseconds after it was asked to stop is killed.
   */
  stopTimeoutMs: number;
}

/**
 * A place with an inner network. Every node belongs to one.
 */
export interface DataCenter {
  /**
   * Version of the language that this document is written in.
   */
  apiVersion: 'tarsier/v1';
  /**
   * What this document describes.
   */
  kind: 'DataCenter';
  metadata: DataCenterMetadata;
  spec: DataCenterSpec;
}
/**
 * Who this object is.
 */
export interface DataCenterMetadata {
  /**
   * Name of the data centre. It is the first part of every scope: `sz/Shop.CartServer`.
   */
  name: string;
}
/**
 * Role, networks and IDC groups of the data centre.
 */
export interface DataCenterSpec {
  /**
   * primary: the controllers run here; at most one data centre has this role. secondary: agents only.
   */
  role: 'primary' | 'secondary';
  networks: DataCenterNetworks;
  /**
   * IDC groups: hosts that are near each other, told by their addresses. Services with `grouping.idc` answer callers of their own group first.
   *
   * @maxItems 256
   */
  groups: DataCenterGroup[];
}
/**
 * Networks of this place by name. A node's address in a network must lie in one of its CIDRs.
 */
export interface DataCenterNetworks {
  [k: string]: DataCenterNetwork;
}
/**
 * One network.
 */
export interface DataCenterNetwork {
  /**
   * Address ranges of the network.
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: An IPv4 or IPv6 range.
   */
  cidrs: string[];
}
/**
 * One IDC group. A rule is an address, `a.b.c.*` or a range; of all groups, the narrowest rule that names an address decides.
 */
export interface DataCenterGroup {
  /**
   * Name of the group, used once in all data centres.
   */
  name: string;
  /**
   * Addresses that are in the group.
   *
   * @minItems 1
   * @maxItems 1000
   *
   * Items: An address, `a.b.c.*` or a range.
   */
  allow: string[];
  /**
   * Addresses that are not in the group, although `allow` names them.
   *
   * @maxItems 1000
   *
   * Items: An address, `a.b.c.*` or a range.
   */
  deny: string[];
  /**
   * Which list wins for an address that both name: the one that is named last.
   */
  order: 'allow-deny' | 'deny-allow';
}

/**
 * IDC groups that stand in for each other: callers whose own group has no active instance get those of its stations.
 */
export interface Station {
  /**
   * Version of the language that this document is written in.
   */
  apiVersion: 'tarsier/v1';
  /**
   * What this document describes.
   */
  kind: 'Station';
  metadata: StationMetadata;
  spec: StationSpec;
}
/**
 * Who this object is.
 */
export interface StationMetadata {
  /**
   * Name of the station.
   */
  name: string;
}
/**
 * What the station consists of.
 */
export interface StationSpec {
  /**
   * Names of IDC groups, of any data centre.
   *
   * @minItems 1
   * @maxItems 1000
   *
   * Items: Name of an IDC group.
   */
  groups: string[];
  /**
   * Stations with a lower number are tried first; with equal numbers, by name.
   */
  priority: number;
}

/**
 * One agent on one machine. Several nodes may share a machine.
 */
export interface Node {
  /**
   * Version of the language that this document is written in.
   */
  apiVersion: 'tarsier/v1';
  /**
   * What this document describes.
   */
  kind: 'Node';
  metadata: NodeMetadata;
  spec: NodeSpec;
}
/**
 * Who this object is.
 */
export interface NodeMetadata {
  /**
   * Name that the agent is started with: `tarsctl agent --node <name>`.
   */
  name: string;
}
/**
 * Where the node is and how it is reached.
 */
export interface NodeSpec {
  /**
   * Name of the DataCenter that the node is in.
   */
  dataCenter: string;
  /**
   * Address of the node in each network, by network name. Services are reached at the first one.
   */
  addresses: {
    /**
     * An IP address or a host name.
     */
    [k: string]: string;
  };
  /**
   * Properties that `placement.select.labels` of a service picks nodes by.
   */
  labels: {
    /**
     * Value of the label.
     */
    [k: string]: string;
  };
  portRange: NodePortRange;
}
/**
 * Ports that servants with `port: auto` get on this node. Nodes of one machine need ranges that do not overlap.
 */
export interface NodePortRange {
  /**
   * First port.
   */
  from: number;
  /**
   * Last port.
   */
  to: number;
}

/**
 * Many nodes that are alike. Each name stands for one Node with the spec of the set.
 */
export interface NodeSet {
  /**
   * Version of the language that this document is written in.
   */
  apiVersion: 'tarsier/v1';
  /**
   * What this document describes.
   */
  kind: 'NodeSet';
  metadata: NodeSetMetadata;
  spec: NodeSetSpec;
}
/**
 * Who this object is.
 */
export interface NodeSetMetadata {
  /**
   * Name of the set. Services name the nodes, not the set.
   */
  name: string;
}
/**
 * Names of the nodes, and what they share.
 */
export interface NodeSetSpec {
  /**
   * Names of the nodes. A name may hold one numbered range in brackets: `sz-web-[01-20]` is sz-web-01 to sz-web-20; the width of the first number is kept. Quote such a name inside `[...]`.
   */
  names: string | string[];
  /**
   * Name of the DataCenter that the nodes are in.
   */
  dataCenter: string;
  addresses: NodeSetAddresses;
  /**
   * Properties that `placement.select.labels` of a service picks nodes by.
   */
  labels: {
    /**
     * Value of the label.
     */
    [k: string]: string;
  };
  portRange: NodeSetPortRange;
}
/**
 * How the address of each node is made, by network name. Services are reached at the first one.
 */
export interface NodeSetAddresses {
  [k: string]: NodeSetAddressRule;
}
/**
 * Exactly one of `from` and `pattern`.
 */
export interface NodeSetAddressRule {
  /**
   * IP address of the first node; the nodes that follow, in the order of `names`, count up by one.
   */
  from?: string;
  /**
   * Address with `${name}` for the name of the node and `${number}` for its number in the range, without leading zeros.
   */
  pattern?: string;
}
/**
 * Ports that servants with `port: auto` get on each of these nodes.
 */
export interface NodeSetPortRange {
  /**
   * First port.
   */
  from: number;
  /**
   * Last port.
   */
  to: number;
}

/**
 * One deployable server: what runs, where, how it is started, and how a change is rolled out.
 */
export interface Service {
  /**
   * Version of the language that this document is written in.
   */
  apiVersion: 'tarsier/v1';
  /**
   * What this document describes.
   */
  kind: 'Service';
  metadata: ServiceMetadata;
  spec: ServiceSpec;
}
/**
 * Who this object is.
 */
export interface ServiceMetadata {
  /**
   * Name of the service: application and server.
   */
  name: string;
  /**
   * Properties for people and tools, such as the team that owns the service. Shown by the status.
   */
  labels: {
    /**
     * Value of the label.
     */
    [k: string]: string;
  };
}
/**
 * What the service is.
 */
export interface ServiceSpec {
  /**
   * process: any program, started by `run.start`. The others: a server that is written with the TARS library of that language, started as TARS starts it; it needs a release.
   */
  type:
    'process' | 'tars-cpp' | 'tars-java' | 'tars-nodejs' | 'tars-go' | 'tars-php' | 'tars-python';
  /**
   * stopped: instances stay installed, but no process runs.
   */
  state: 'running' | 'stopped';
  release?: ServiceRelease;
  /**
   * On which nodes the service runs: one instance on each node that an entry names or selects.
   *
   * @minItems 1
   * @maxItems 1000
   */
  placement: ServicePlacement[];
  /**
   * Interfaces that each instance offers, each with its own port.
   *
   * @maxItems 64
   */
  servants: ServiceServant[];
  /**
   * Name of the Template of a TARS service. Without it, the built-in one of its type, such as `tars.cpp.default`.
   */
  template?: string;
  /**
   * Private template of this service; what it says wins over the template.
   */
  profile?: string;
  /**
   * Configuration files that are written before each start: the `fileName` of Config objects for this service, its application, or this service on the node.
   *
   * @maxItems 256
   *
   * Items: File name.
   */
  configs: string[];
  /**
   * Environment variables of the process. Values may use the same `${...}` as `run`. Every process also finds its ports, folders and names in variables that begin with `TARSIER_`.
   */
  env: {
    /**
     * Value, always a string.
     */
    [k: string]: string;
  };
  run: ServiceRun;
  grouping?: ServiceGrouping;
  rollout: ServiceRollout;
}
/**
 * Package that is installed. A process that is already on the machine has none.
 */
export interface ServiceRelease {
  /**
   * Name of the package, as in `tarsctl patch push <package> <version> <file>`.
   */
  package: string;
  /**
   * Version of the package, always quoted when it looks like a number.
   */
  version: string;
  /**
   * SHA-256 of the package. When given, a package with other bytes is refused.
   */
  digest?: string;
}
/**
 * Exactly one of `nodes` and `select`.
 */
export interface ServicePlacement {
  /**
   * Nodes by name.
   *
   * @minItems 1
   * @maxItems 10000
   *
   * Items: Name of a node.
   */
  nodes?: string[];
  select?: ServicePlacementSelect;
  /**
   * How many of the selected nodes; without it, all of them. Which ones follows from the names alone: a node that comes or goes moves at most one instance.
   */
  count?: number;
  /**
   * machine: no two of the chosen nodes share a machine, which is told by the first address.
   */
  spread?: 'machine';
  /**
   * TARS SET of the instances of this entry. A caller in a SET reaches the instances of its own SET, or else those of the SET whose group is `*`.
   */
  set?: string;
}
/**
 * Nodes by their properties; all that is given must match.
 */
export interface ServicePlacementSelect {
  /**
   * Nodes of this data centre.
   */
  dataCenter?: string;
  /**
   * Nodes with all of these labels.
   */
  labels?: {
    /**
     * Value of the label.
     */
    [k: string]: string;
  };
}
/**
 * One interface.
 */
export interface ServiceServant {
  /**
   * Name of the servant; callers ask for `Application.Server.Name`.
   */
  name: string;
  /**
   * Port number, or auto: the agent takes one from the node's range and keeps it.
   */
  port: number | 'auto';
  /**
   * tars: the TARS protocol. not-tars: anything else, such as HTTP.
   */
  protocol: 'tars' | 'not-tars';
  /**
   * Threads that serve this servant, for libraries that have threads.
   */
  threads: number;
  /**
   * Connections that are accepted at the same time.
   */
  maxConnections: number;
  queue: ServiceServantQueue;
  /**
   * Share of the calls that go to each instance, compared with the others.
   */
  weight: number;
  /**
   * Networks that the servant is reached on, by name; every node that it is placed on has an address in each. Without it, the first network of the node.
   *
   * @minItems 1
   * @maxItems 16
   *
   * Items: Name of a network.
   */
  networks?: string[];
  auth?: ServiceServantAuth;
}
/**
 * Requests that wait to be served.
 */
export interface ServiceServantQueue {
  /**
   * Requests that may wait; more are refused.
   */
  capacity: number;
  /**
   * Milliseconds after which a waiting request is dropped.
   */
  timeoutMs: number;
}
/**
 * Callers must prove that they know a key. `protocol: tars` only.
 */
export interface ServiceServantAuth {
  /**
   * Name of the key; callers send it openly.
   */
  accessKey: string;
  /**
   * The key: a value of a Secret, or a text, which everybody who can read the repository can read.
   */
  secretKey: string | ServiceSecretReference;
  /**
   * Services that are given the key, so that they can call this servant.
   *
   * @maxItems 1000
   *
   * Items: Name of a Service.
   */
  callers: string[];
}
/**
 * A value of a Secret.
 */
export interface ServiceSecretReference {
  /**
   * Name of the Secret. This service is one of its `readers`.
   */
  secret: string;
  /**
   * Key of the value in the Secret.
   */
  key: string;
}
/**
 * How a process is started, stopped and watched. Command lines are run by `/bin/sh -c` in the folder of the release, or in the data folder when there is no release. They may use `${port.<Servant>}`, `${node}`, `${address}`, `${conf}` (folder of the configuration files), `${data}` (folder that stays) and `${release}`.
 */
export interface ServiceRun {
  /**
   * Command line that runs the service in the foreground. `type: process` needs it; a TARS type brings its own.
   */
  start?: string;
  /**
   * Command line that asks the service to stop. Without it, the process gets SIGTERM.
   */
  stop?: string;
  monitor?: ServiceMonitor;
  /**
   * User that the process runs as. Without it, that of the agent.
   */
  user?: string;
  limits: ServiceLimits;
  /**
   * A process that is not ready after this many milliseconds is restarted.
   */
  startTimeoutMs?: number;
  /**
   * A process that is still there this many milliseconds after it was asked to stop is killed.
   */
  stopTimeoutMs?: number;
  hooks: ServiceHooks;
}
/**
 * How the agent finds out that the service works: exactly one of `tcp`, `http` and `script`. Without a monitor, a process works when the ports of its servants accept connections; without servants, when it runs.
 */
export interface ServiceMonitor {
  /**
   * Port that must accept a connection: a number, or `${port.<Servant>}`.
   */
  tcp?: number | string;
  /**
   * URL that must answer with a status below 400. May use `${port.<Servant>}`.
   */
  http?: string;
  /**
   * Command line that must exit with 0. May use `${port.<Servant>}`.
   */
  script?: string;
  /**
   * Milliseconds between two looks.
   */
  everyMs: number;
  /**
   * Milliseconds after which a look that has no answer counts as failed.
   */
  timeoutMs: number;
  /**
   * Failed looks in a row after which the process is killed and started again.
   */
  failures: number;
}
/**
 * What one instance may use. What is not given is not limited.
 */
export interface ServiceLimits {
  /**
   * Memory, in bytes or with Ki, Mi, Gi.
   */
  memory?: string;
  /**
   * Processor cores.
   */
  cpu?: number;
  /**
   * Open files of one process.
   */
  openFiles?: number;
  /**
   * Largest core file: 0 forbids core files, or a size with Ki, Mi, Gi.
   */
  coreDump?: 0 | string;
}
/**
 * Command lines around the life of the process.
 */
export interface ServiceHooks {
  /**
   * Run before each start; when it fails, the process is not started.
   */
  preStart?: string;
  /**
   * Run after each stop.
   */
  postStop?: string;
}
/**
 * How callers are led to near instances. Without it, they get all of them alike.
 */
export interface ServiceGrouping {
  /**
   * Callers get instances of their own IDC group first, then those of its stations, then all.
   */
  idc: boolean;
  /**
   * Name of the IDC group that all instances count as, whatever their addresses.
   */
  group?: string;
}
/**
 * How a change of this service is rolled out, in each data centre on its own.
 */
export interface ServiceRollout {
  /**
   * rolling: batch after batch. recreate: stop all instances, then start all.
   */
  strategy?: 'rolling' | 'recreate';
  /**
   * Instances that are changed at the same time in one scope: a number, or a percentage of the scope, rounded down, at least 1.
   */
  batch?: number | string;
  /**
   * Instances of one scope that may be out of service at any moment of a rollout: a number, or a percentage, rounded down, at least 1.
   */
  maxUnavailable?: number | string;
  /**
   * A rollout without progress for this long is shown as stalled.
   */
  progressDeadline?: string;
}

/**
 * One configuration file at one level. The levels application, SET, service, and service on a node are joined in this order. The agent writes the file before start when the service's `configs` names it, and serves it to TARS services that ask for it.
 */
export interface Config {
  /**
   * Version of the language that this document is written in.
   */
  apiVersion: 'tarsier/v1';
  /**
   * What this document describes.
   */
  kind: 'Config';
  metadata: ConfigMetadata;
  spec: ConfigSpec;
}
/**
 * Who this object is.
 */
export interface ConfigMetadata {
  /**
   * Name of this object, unique among the Config objects.
   */
  name: string;
}
/**
 * Whom the file is for, its name, and its text.
 */
export interface ConfigSpec {
  scope: ConfigScope;
  /**
   * Name that the service finds the file under, relative to its configuration folder, `${conf}`.
   */
  fileName: string;
  /**
   * Text of the file. Exactly one of `content` and `file` is given.
   */
  content?: string;
  /**
   * File that holds the text, relative to this YAML file. Exactly one of `content` and `file` is given.
   */
  file?: string;
  /**
   * Names of Config objects whose texts come before this one, in this order, each with its own references before it. Of a text that is referenced twice, the first place counts.
   *
   * @maxItems 100
   *
   * Items: Name of a Config object, whatever its scope.
   */
  references: string[];
  /**
   * How the levels of the file become one text. `concat`: one behind the other, as TARS does it. `deep`: by structure, so that what a later level says wins key by key, and lists are replaced; for JSON, YAML, TOML and, under any other ending, the TARS format. All levels of one file say the same.
   */
  merge: 'concat' | 'deep';
}
/**
 * Whom the file is for: `app`, or `app` and `set`, or `service`, or `service` and `node`.
 */
export interface ConfigScope {
  /**
   * Every service of this application.
   */
  app?: string;
  /**
   * The application's instances in this TARS SET alone, as `placement` of their services says. With `*` as the group: those in every group of the area.
   */
  set?: string;
  /**
   * This service.
   */
  service?: string;
  /**
   * This service on this node alone.
   */
  node?: string;
}

/**
 * A TARS framework template: the configuration that a TARS service reads at its start. A template inherits what it does not say from its parent.
 */
export interface Template {
  /**
   * Version of the language that this document is written in.
   */
  apiVersion: 'tarsier/v1';
  /**
   * What this document describes.
   */
  kind: 'Template';
  metadata: TemplateMetadata;
  spec: TemplateSpec;
}
/**
 * Who this object is.
 */
export interface TemplateMetadata {
  /**
   * Name that services and other templates refer to.
   */
  name: string;
}
/**
 * Text of the template and where it inherits from.
 */
export interface TemplateSpec {
  /**
   * Name of the Template that this one inherits from.
   */
  parent?: string;
  /**
   * Text of the template. Exactly one of `content` and `file` is given.
   */
  content?: string;
  /**
   * File that holds the text, relative to this YAML file. Exactly one of `content` and `file` is given.
   */
  file?: string;
}

/**
 * Values that are encrypted in Git, and that only the machines of their readers decrypt.
 */
export interface Secret {
  /**
   * Version of the language that this document is written in.
   */
  apiVersion: 'tarsier/v1';
  /**
   * What this document describes.
   */
  kind: 'Secret';
  metadata: SecretMetadata;
  spec: SecretSpec;
}
/**
 * Who this object is.
 */
export interface SecretMetadata {
  /**
   * Name that services refer to.
   */
  name: string;
}
/**
 * The values, and who may use them.
 */
export interface SecretSpec {
  /**
   * Encrypted values by key. Each is the text that `tarsctl secret encrypt` prints: encrypted with age, ASCII-armoured.
   */
  values: {
    /**
     * The encrypted text of one value.
     */
    [k: string]: string;
  };
  /**
   * Services that may use the values. Callers that a reader names in `auth.callers` get the key of that servant with it.
   *
   * @maxItems 1000
   *
   * Items: Name of a Service.
   */
  readers: string[];
}

/** The type of an object by the name of its kind. */
export interface KindTypes {
  Cluster: Cluster;
  DataCenter: DataCenter;
  Station: Station;
  Node: Node;
  NodeSet: NodeSet;
  Service: Service;
  Config: Config;
  Template: Template;
  Secret: Secret;
}
