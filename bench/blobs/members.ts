/** Starts members of the blob benchmark as processes of their own. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MemberAnswer, MemberOrder } from './member-orders.ts';

export interface BenchMember {
  readonly name: string;
  /** One order at a time. */
  tell(order: MemberOrder): Promise<MemberAnswer>;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('./member-process.ts', import.meta.url));

export async function startBenchMembers(
  names: readonly string[],
  folder: string,
  engine: string,
): Promise<readonly BenchMember[]> {
  const started = await Promise.all(
    names.map(async (name) => {
      const child = fork(program, [join(folder, name), engine]);
      const { port } = await answerOf(child);
      return { name, child, port: port ?? 0 };
    }),
  );
  return Promise.all(
    started.map(async ({ name, child }) => {
      const member: BenchMember = {
        name,
        async tell(order) {
          child.send(order);
          return answerOf(child);
        },
        async stop() {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const gone = once(child, 'exit');
          child.kill('SIGKILL');
          await gone;
        },
      };
      const peers = started.filter((other) => other.name !== name);
      await member.tell({
        kind: 'join',
        peers: peers.map(({ name: peer, port }) => ({ name: peer, port })),
      });
      return member;
    }),
  );
}

async function answerOf(child: ChildProcess): Promise<MemberAnswer> {
  const answer = await new Promise<MemberAnswer>((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a member ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message: MemberAnswer) => {
      child.off('exit', onExit);
      resolve(message);
    });
  });
  if (answer.failure !== undefined) throw new Error(answer.failure);
  return answer;
}
