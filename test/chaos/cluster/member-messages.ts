/** What the test asks the processes of its members, and what they answer. */

/** How a member sees the cluster. */
export interface Whereabouts {
  readonly name: string;
  readonly isLeader: boolean;
  /** Entries that it knows of each log. */
  readonly registry: number;
  readonly chaos: number;
  /** Hash of its last entry of the log `chaos`. */
  readonly chaosHash: string;
  /** The commit that is in force. */
  readonly commit: string | undefined;
  /** Nodes whose agents are there. */
  readonly alive: readonly string[];
}

/** An effect that a leader decided on before it was stopped, and wrote afterwards. */
export interface LateEffect {
  readonly token: number;
  readonly sequence: number;
  readonly accepted: boolean;
  readonly code: string | undefined;
}

export interface Answers {
  where: Whereabouts;
  /** Of the state of the registry after exactly so many entries; `undefined` when it has moved on. */
  digest: string | undefined;
  /** Which member's server leads the stream of the log `chaos`. */
  'engine-leader': string | undefined;
  /** Whether it appends to the log `chaos`. */
  append: boolean;
  'step-clock': number;
  /** Stops itself between looking at its fencing token and the effect; `undefined` when it does not lead. */
  'late-effect': LateEffect | undefined;
}

export type Kind = keyof Answers;

export interface Question {
  readonly number: number;
  readonly kind: Kind;
  /** The sequence of `digest`, 0 or 1 of `append`, milliseconds of `step-clock`. */
  readonly value: number;
}

export type Word =
  | { readonly ready: true }
  | { readonly number: number; readonly answer: unknown }
  | { readonly number: number; readonly failure: string };

/** What the process of a member is started with. */
export interface MemberSettings {
  readonly clusterFile: string;
  readonly dataDir: string;
  readonly serverBinary: string;
  readonly repository: string;
  readonly locatorPort: number;
  /** Where acknowledged appends are noted, one line each; outlives the member's disk. */
  readonly acknowledged: string;
}

/** One acknowledged append; times are of the clock that all processes of the machine share. */
export interface Acknowledged {
  readonly id: string;
  readonly sequence: number;
  readonly calledMs: number;
  readonly heardMs: number;
}

/** The machine's own clock in ms: steady, and the same in every process. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export const chaosLog = 'chaos';
