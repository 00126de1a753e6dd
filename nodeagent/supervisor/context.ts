/** What every instance of an agent shares. */

import type { Logger } from 'pino';
import type { NodeFacts } from '../../link/messages/messages.ts';
import type { InstanceObserved, InstanceTarget } from '../../registry/model.ts';
import type { Clock } from '../clock.ts';
import type { OutputLimits } from '../output/instance-output.ts';
import type { ControlGroups } from '../process/control-groups.ts';
import type { PortBook } from '../state/port-book.ts';
import type { ServantsAddress } from '../tars-config/service-config-source.ts';
import type { TarsCalls } from './admin/tars-calls.ts';
import type { SecretOpener } from './secrets/secret-opener.ts';

/** Releases on this machine; see `nodeagent/release`. */
export interface Releases {
  /** Fetches, verifies and unpacks; quick when it is there already. Fails with a coded error. */
  install(target: InstanceTarget): Promise<ActiveRelease>;
  /** Makes it the current one; needs no network. */
  activate(target: InstanceTarget): Promise<ActiveRelease>;
}

export interface ActiveRelease {
  readonly folder: string;
  /** Files that are not as they came in the package, and could not be replaced. */
  readonly changedPaths: readonly string[];
}

export interface SupervisorContext {
  readonly node: string;
  readonly dataDir: string;
  readonly bootId: string;
  readonly clock: Clock;
  readonly controlGroups: ControlGroups;
  readonly ports: PortBook;
  readonly releases: Releases;
  /** Node that runs Tars.js services whose package brings none. */
  readonly nodeBinary: string;
  /** Folder of a node-agent for Tars.js services whose package brings none. */
  readonly nodeAgentPath?: string;
  /** Puts what Tars.js programs without a node-agent need onto the disk, and says where it is. */
  readonly nodeHost?: () => string;
  readonly openSecret: SecretOpener;
  readonly calls: TarsCalls;
  /** No silence that is shorter restarts a service. */
  readonly beatTimeoutMsLeast: number;
  readonly outputLimits: OutputLimits;
  readonly logger: Logger;
  /** Where services of this machine find the framework; `undefined` where it offers none. */
  servantsAddress(): ServantsAddress | undefined;
  /** False while the port of `servantsAddress` is closed, because another program has it. */
  hearsServices(): boolean;
  /** From the newest targets. */
  facts(): NodeFacts;
  /** Ports that services of this node ask for by number. */
  fixedPorts(): ReadonlySet<number>;
  onObserved(observed: InstanceObserved): void;
  onGone(instance: string): void;
}
