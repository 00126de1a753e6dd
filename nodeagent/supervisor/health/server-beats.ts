/** What libraries tell the agent about the services they are in, by name of the service. */

import type { Clock } from '../../clock.ts';
import type { ServerBeats } from '../../servants/server-object.ts';
import type { RunBeats } from './run-beats.ts';

/** `'idle'`: it belongs to this node, and nothing of it runs. */
export type FindBeats = (service: string) => RunBeats | 'idle' | undefined;

export function serverBeats(find: FindBeats, clock: Clock): ServerBeats {
  let latestAt = clock.now();
  const tell = (service: string, say: (beats: RunBeats) => void): boolean => {
    const beats = find(service);
    if (beats === undefined) return false;
    latestAt = clock.now();
    if (beats !== 'idle') say(beats);
    return true;
  };
  return {
    keepAlive: ({ service, adapter }) => tell(service, (beats) => beats.keepAlive(adapter)),
    keepActiving: ({ service }) => tell(service, (beats) => beats.keepActiving()),
    reportVersion: (service, version) => tell(service, (beats) => beats.reportVersion(version)),
    latestKeepAliveSeconds: () => Math.trunc(latestAt / 1000),
  };
}
