/** What the link needs to know of the controllers: who is there, and who decides. */

export interface ClusterPorts {
  /** Name of this controller. */
  readonly controller: string;
  /** Whether this one leads now. */
  isLeader(): boolean;
  /**
   * Names of the controllers that are there, this one included; one that is gone leaves the set
   * after a bound that a restart or a pause does not reach.
   */
  liveControllers(): ReadonlySet<string>;
  /**
   * This controller hears nothing of the others, so that what it knows grows old, and they may go on
   * without it: its agents are sent elsewhere.
   */
  isCutOff(): boolean;
  /** Where agents reach the controllers that are there; empty when they know the only one. */
  urls(): readonly string[];
}

/** The name of a controller that has no others beside it. */
const onlyController = 'controller';

const aloneOnly: ReadonlySet<string> = new Set([onlyController]);

/** With the embedded engine. */
export const alone: ClusterPorts = {
  controller: onlyController,
  isLeader: () => true,
  liveControllers: () => aloneOnly,
  isCutOff: () => false,
  urls: () => [],
};
