/** What people see of controllers: nothing with one, and with several who leads and who has an agent. */

import { describe, expect, it } from 'vitest';
import { clusterView } from '../../../registry/status/cluster-view.ts';
import { nodeView } from '../../../registry/status/node-view.ts';
import {
  describeClusterText,
  describeNodeText,
} from '../../../registry/status/render/render-describe.ts';
import { nodeColumns } from '../../../registry/status/render/list-columns.ts';
import { renderStatus } from '../../../registry/status/render/render-status.ts';
import type { StatusInput } from '../../../registry/status/status-input.ts';
import { statusView } from '../../../registry/status/status-view.ts';
import { plainTextStyle } from '../../../spec/wording/text-style.ts';
import { Fleet } from '../../support/status/fleet.ts';
import { openOf } from '../../support/registry/builders.ts';

const wish = { type: 'acquire-lease', name: 'leader', holder: 'b/1', durationMs: 5_000 } as const;

/** The agent of sz-1 is at controller a; b leads. */
async function ledFleet(): Promise<Fleet> {
  const fleet = new Fleet();
  await fleet.commit('first', { nodes: ['sz-1'] });
  const { session, ...command } = openOf('sz-1', 's1', fleet.now);
  await fleet.submit({ ...command, session: { ...session, controller: 'a' } });
  await fleet.submit({ type: 'lease', at: fleet.now, controller: 'b', lease: wish });
  fleet.pass(1_000);
  return fleet;
}

/** As controller c answers. */
function asOneOfSeveral({ facts, ...input }: StatusInput): StatusInput {
  return { ...input, facts: { ...facts, controller: { ...facts.controller, name: 'c' } } };
}

const empty = { services: [], nodes: [], problems: [] };
const options = (now: number) => ({ now, style: plainTextStyle, wide: true });

describe('with several controllers', () => {
  it('the cluster says who leads, and who answers', async () => {
    const fleet = await ledFleet();
    const input = asOneOfSeveral(fleet.input);
    const cluster = clusterView(input, empty);
    expect(cluster).toMatchObject({ controller: 'c', leader: 'b' });
    expect(describeClusterText(cluster, options(fleet.now))).toMatch(
      /controller\s+c, .*\n\s*leader\s+b\n/,
    );
    expect(renderStatus(statusView(input), options(fleet.now))).toContain('· led by b\n');

    const token = fleet.state.leases.lastToken;
    const release = { type: 'release-lease', name: 'leader', holder: 'b/1', token } as const;
    await fleet.submit({ type: 'lease', at: fleet.now, controller: 'b', lease: release });
    const unled = asOneOfSeveral(fleet.input);
    expect(clusterView(unled, empty)).not.toHaveProperty('leader');
    expect(renderStatus(statusView(unled), options(fleet.now))).toContain('· no leader\n');
  });

  it('a node says which one its agent is connected to', async () => {
    const fleet = await ledFleet();
    const node = nodeView(asOneOfSeveral(fleet.input), 'sz-1');
    expect(node).toMatchObject({ controller: 'a', state: 'Alive' });
    expect(describeNodeText(node!, {}, options(fleet.now))).toMatch(
      /connected to\s+controller a\n/,
    );
    const host = nodeColumns(options(fleet.now)).find(({ header }) => header === 'HOST');
    expect(host?.text(node!)).toBe('host-of-sz-1 via a');
  });
});

it('with one controller nobody hears of it', async () => {
  const fleet = await ledFleet();
  const { input } = fleet;
  expect(clusterView(input, empty)).not.toHaveProperty('leader');
  expect(nodeView(input, 'sz-1')).not.toHaveProperty('controller');
  expect(renderStatus(statusView(input), options(fleet.now))).not.toMatch(/led by|leader/);
});
