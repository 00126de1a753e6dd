/** Who belongs to the engine by its own account, and taking out one that will not come back. */

import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { createHash } from 'node:crypto';
import { TarsierError } from '../../../../errors/tarsier-error.ts';

export interface EngineMember {
  /** Not known of one that was away since the leader began. */
  readonly name: string | undefined;
  readonly peerId: string;
  readonly isLeader: boolean;
  readonly isOnline: boolean;
  /** Has everything that the leader has. */
  readonly isCurrent: boolean;
}

interface Peer {
  readonly name: string;
  readonly peer: string;
  readonly current: boolean;
  readonly offline?: boolean;
}

interface MetaAnswer {
  readonly data?: {
    readonly meta_cluster?: {
      readonly leader?: string;
      readonly peer?: string;
      readonly replicas?: readonly Peer[];
    };
  };
}

const answerMsMax = 5_000;
const ATTEMPTS = 3;
/** A removal is answered when most members have it. */
const removalMsMax = 15_000;

/** As the leader sees it; `client` is in the system account. `ENGINE_NOT_READY` without a leader. */
export async function listEngineMembers(client: NatsConnection): Promise<readonly EngineMember[]> {
  const question = JSON.stringify({ leader_only: true });
  const answer = await ask(client, '$SYS.REQ.SERVER.PING.JSZ', question, answerMsMax);
  const meta = answer.json<MetaAnswer>().data?.meta_cluster;
  if (meta?.leader === undefined || meta.peer === undefined) return [];
  const leader = { name: meta.leader, peerId: meta.peer };
  return [
    { ...leader, isLeader: true, isOnline: true, isCurrent: true },
    ...(meta.replicas ?? []).map(({ name, peer, current, offline }) => ({
      name: name.startsWith('Server name unknown') ? undefined : name,
      peerId: peer,
      isLeader: false,
      isOnline: offline !== true,
      isCurrent: current,
    })),
  ];
}

/**
 * Takes `name` out for good: its copies are made anew on other members where there are enough. End
 * its server first, or it may come back. Safe to repeat. `client` is in the system account.
 */
export async function removeEngineMember(client: NatsConnection, name: string): Promise<void> {
  const members = await listEngineMembers(client);
  const found =
    members.find((member) => member.name === name) ??
    members.find(({ peerId }) => peerId === peerIdOf(name));
  if (found === undefined) return;
  const request = JSON.stringify({ peer: name, peer_id: found.peerId });
  const answer = await ask(client, '$JS.API.SERVER.REMOVE', request, removalMsMax);
  const { error } = answer.json<{ error?: { description?: string } }>();
  if (error === undefined) return;
  throw new TarsierError(
    'ENGINE_NOT_READY',
    `Cannot remove member ${name} from the engine: ${error.description ?? 'it refused'}.`,
    { details: { name, peerId: found.peerId } },
  );
}

async function ask(
  client: NatsConnection,
  subject: string,
  payload: string,
  timeout: number,
): Promise<Msg> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.request(subject, payload, { timeout });
    } catch (cause) {
      // While a leader is elected, nobody answers. Every question here is safe to repeat.
      if (attempt < ATTEMPTS && !client.isClosed()) continue;
      throw new TarsierError(
        'ENGINE_NOT_READY',
        `No leader of the engine answers at ${client.getServer()}.`,
        {
          hint: 'More than half of its members must run; try again when they do.',
          cause,
        },
      );
    }
  }
}

/** How the server makes the id of a member from its name (`getHash` in its source). */
function peerIdOf(name: string): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const hash = createHash('sha256').update(name).digest();
  return [...hash.subarray(0, 8)].map((byte) => digits[byte % digits.length]).join('');
}
