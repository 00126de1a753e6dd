/** What one member of the engine is told; everything in its configuration file comes from here. */

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface ServerUser {
  readonly user: string;
  readonly password: string;
}

export interface ServerSettings {
  /** Name of this member, unique in the cluster. */
  readonly serverName: string;
  /** Where clients connect; the members of the log. */
  readonly listen: HostPort;
  /** Where others reach that, when it listens on all addresses. */
  readonly advertise?: HostPort;
  /** Absent: one member alone, without copies (R1). */
  readonly cluster?: ClusterSettings;
  readonly tls: ServerTls;
  /** May use streams in the account `TARSIER`. */
  readonly client: ServerUser;
  /** Sees and removes members in the system account `SYS`. */
  readonly system: ServerUser;
  /** Absolute; kept between starts, used by one server at a time. */
  readonly storeDir: string;
  readonly storeBytesMax: number;
  /** Absolute; the server turns it over itself. */
  readonly logFile: string;
  /** Monitoring over HTTP, on loopback and without a password; absent: none. */
  readonly monitorPort?: number;
}

export interface ClusterSettings {
  readonly name: string;
  readonly listen: HostPort;
  readonly advertise?: HostPort;
  /** Every member with its route port; this one may be among them. */
  readonly routes: readonly HostPort[];
  /** Every member presents it to every other one, beside its certificate. */
  readonly routeUser: ServerUser;
}

/** PEM. The certificate is shown to clients and to other members, and must allow both roles. */
export interface ServerTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}
