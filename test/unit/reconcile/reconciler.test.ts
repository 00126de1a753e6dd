import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Reconciler, type Resolution } from '../../../controller/reconcile/reconciler.ts';
import type { CommitInfo } from '../../../controller/source/commit-info.ts';
import type { LoadedCommit } from '../../../controller/source/commit-loader.ts';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { DesiredState } from '../../../spec/desired-state.ts';
import { cluster, commitOf, node, scope } from '../../support/registry/builders.ts';
import { MemoryReplica } from '../../support/registry/memory-replica.ts';

const origin = { url: '/srv/fleet', branch: 'main', path: '' };

function head(commit: string): CommitInfo {
  return { commit, committedAt: 1, author: 'ann', subject: commit };
}

function desiredOf(...services: string[]): DesiredState {
  const scopes = services.map((service) => scope({ service, revision: 'r1', nodes: ['n1'] }));
  return {
    cluster,
    topology: { groups: [], stations: [] },
    dataCenters: new Map(),
    nodes: new Map([['n1', node('n1')]]),
    scopes: new Map(scopes.map((one) => [one.scope, one])),
  };
}

function resolution(desired: DesiredState): Resolution {
  return { desired, objectCount: 2, held: [], holdReason: undefined, faults: [] };
}

/** A reconciler whose commits ask for the services that `ask` names for them. */
class World {
  readonly registry = new MemoryReplica();
  readonly loads: string[] = [];
  readonly logged: string[] = [];
  readonly reconciler: Reconciler;
  token: number | undefined = 1;
  /** Runs while a commit is loaded. */
  whileLoading: (commit: string) => Promise<void> = async () => undefined;

  constructor(ask: (commit: string) => string[] = (commit) => [`App.${commit}`]) {
    this.reconciler = new Reconciler({
      registry: this.registry,
      fencingToken: () => this.token,
      load: (commit) => this.#load(commit),
      resolve: (loaded) => resolution(desiredOf(...ask(loaded.commit.commit))),
      now: () => 1_000 + this.registry.sequence,
      log: (_, message) => {
        this.logged.push(message);
      },
    });
  }

  async #load(commit: string): Promise<LoadedCommit> {
    this.loads.push(commit);
    await nextTurn();
    await this.whileLoading(commit);
    return { commit: head(commit), files: new Map(), readText: () => undefined };
  }

  offer(commit: string): void {
    this.reconciler.offer(head(commit), origin);
  }

  services(): string[] {
    return [...this.registry.state.scopes.values()].map(({ desired }) => desired.service);
  }
}

test('of commits that come while one is worked on, the newest is next and the last', async () => {
  const world = new World();
  const { reconciler, registry, loads } = world;
  for (const commit of ['c1', 'c2', 'c3']) world.offer(commit);
  await reconciler.settled();
  expect(loads).toEqual(['c1', 'c3']);
  world.offer('c4');
  await nextTurn();
  for (const commit of ['c5', 'c6']) world.offer(commit);
  await reconciler.settled();
  expect(loads).toEqual(['c1', 'c3', 'c4', 'c6']);
  expect(world.services()).toEqual(['App.c6']);
  expect(registry.state.source?.commit).toBe('c6');
});

test('an offer that is repeated costs nothing', async () => {
  const world = new World();
  const { reconciler, registry, loads } = world;
  for (let round = 0; round < 3; round += 1) {
    world.offer('c1');
    await reconciler.settled();
  }
  expect(loads).toEqual(['c1']);
  expect(registry.sequence).toBe(1);
});

test('a registry that others have changed in between is not overwritten', async () => {
  const world = new World();
  const { reconciler, registry, loads } = world;
  const propose = registry.propose.bind(registry);
  let isFirst = true;
  registry.propose = async (command) => {
    if (isFirst) {
      isFirst = false;
      const desired = scope({ service: 'App.other', revision: 'r1', nodes: ['n1'] });
      await propose(commitOf('other', { upsertScopes: [desired] }));
    }
    return propose(command);
  };
  world.offer('c1');
  await reconciler.settled();
  expect(loads).toEqual(['c1', 'c1']);
  // Computed again, the commit removes what it does not know; it was not lost sight of.
  expect(world.services()).toEqual(['App.c1']);
  expect(registry.sequence).toBe(3);
});

test('what changes the registry while a commit is loaded is compared with', async () => {
  const one = new World();
  one.whileLoading = async () => {
    one.whileLoading = async () => undefined;
    const desired = scope({ service: 'App.other', revision: 'r1', nodes: ['n1'] });
    await one.registry.propose(commitOf('other', { upsertScopes: [desired] }));
  };
  one.offer('c1');
  await one.reconciler.settled();
  expect(one.services()).toEqual(['App.c1']);
});

test('a controller that no longer leads stops proposing, and goes on when it leads again', async () => {
  const one = new World();
  await one.registry.propose(commitOf('by another leader', { fencingToken: 5 }));
  one.offer('c1');
  await one.reconciler.settled();
  expect(one.registry.state.source?.commit).toBe('by another leader');
  expect(one.loads).toEqual(['c1']);
  one.token = undefined;
  one.offer('c1');
  await one.reconciler.settled();
  expect(one.registry.state.source?.commit).toBe('by another leader');
  one.token = 6;
  one.reconciler.leads();
  await one.reconciler.settled();
  expect(one.registry.state.source?.commit).toBe('c1');
  expect(one.registry.state.fencingToken).toBe(6);
});

test('a controller that begins to lead while it plans proposes all the same', async () => {
  const one = new World();
  one.token = undefined;
  one.whileLoading = async () => {
    one.token = 3;
    one.reconciler.leads();
  };
  one.offer('c1');
  await one.reconciler.settled();
  expect(one.services()).toEqual(['App.c1']);
});

test('a controller that does not lead shows what it finds, and is done when the leader was there', async () => {
  const leader = new World();
  const follower = new World();
  follower.token = undefined;
  follower.offer('c1');
  await follower.reconciler.settled();
  expect([follower.loads, follower.services()]).toEqual([['c1'], []]);
  leader.offer('c1');
  await leader.reconciler.settled();
  const desired = [...leader.registry.state.scopes.values()].map((record) => record.desired);
  await follower.registry.propose(
    commitOf('c1', {
      source: leader.registry.state.source!,
      cluster: leader.registry.state.cluster!,
      upsertNodes: [...leader.registry.state.nodes.values()],
      upsertScopes: desired,
    }),
  );
  follower.offer('c1');
  await follower.reconciler.settled();
  follower.offer('c1');
  await follower.reconciler.settled();
  // Once to see that nothing is left to do, and no more.
  expect(follower.loads).toEqual(['c1', 'c1']);
});

test('a log that fails for now is tried again with the next look', async () => {
  const one = new World();
  one.registry.failures = 1;
  one.offer('c1');
  await one.reconciler.settled();
  expect(one.reconciler.problem?.code).toBe('LOG_OVERLOADED');
  one.offer('c1');
  await one.reconciler.settled();
  expect(one.reconciler.problem).toBeUndefined();
  expect(one.services()).toEqual(['App.c1']);
});

test('a commit that cannot be loaded leaves everything as it is, and is logged once', async () => {
  const one = new World();
  one.offer('c1');
  await one.reconciler.settled();
  one.whileLoading = async (commit) => {
    if (commit === 'c2') throw new TarsierError('SOURCE_TREE_TOO_LARGE', 'too many files');
  };
  for (let round = 0; round < 3; round += 1) {
    one.offer('c2');
    await one.reconciler.settled();
  }
  expect(one.reconciler.problem?.code).toBe('SOURCE_TREE_TOO_LARGE');
  expect(one.logged.filter((message) => message === 'commit not taken over')).toHaveLength(1);
  expect(one.services()).toEqual(['App.c1']);
  one.offer('c3');
  await one.reconciler.settled();
  expect(one.reconciler.problem).toBeUndefined();
  expect(one.services()).toEqual(['App.c3']);
});

test('a commit that brings out a defect does not stop the ones after it', async () => {
  const one = new World((commit) => {
    if (commit === 'poison') throw new TypeError('undefined is not a function');
    return [`App.${commit}`];
  });
  one.offer('poison');
  await one.reconciler.settled();
  expect(one.reconciler.problem).toMatchObject({ code: 'DEFECT' });
  one.offer('c1');
  await one.reconciler.settled();
  expect(one.services()).toEqual(['App.c1']);
});

test('a service that was changed in the registry by others is set right by the next commit', async () => {
  const one = new World((commit) =>
    commit === 'c1' ? ['App.a', 'App.b'] : ['App.a', 'App.b', 'App.c'],
  );
  one.offer('c1');
  await one.reconciler.settled();
  await one.registry.propose(commitOf('other', { removeScopes: ['d1/App.a'] }));
  one.offer('c2');
  await one.reconciler.settled();
  expect(one.services().toSorted()).toEqual(['App.a', 'App.b', 'App.c']);
});
