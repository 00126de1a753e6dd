/** Metrics of the controller, for Prometheus. Values are read when they are asked for. */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { fleetView } from '../../registry/status/status-view.ts';
import type { StatusPorts } from './status-ports.ts';
import { readView } from './status-reader.ts';

export interface ApiMetrics {
  readonly contentType: string;
  render(): Promise<string>;
  /** Once for each reconciled commit. */
  observeReconcile(durationMs: number): void;
}

const reconcileBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(ports: StatusPorts, openStreams: () => number): ApiMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge(
    'tarsier_registry_sequence',
    'Commands applied to the registry.',
    () => ports.registry.sequence,
  );
  gauge('tarsier_agents_connected', 'Agents connected here.', () => ports.agents.connected);
  gauge(
    'tarsier_controllers_silent',
    'Controllers of the cluster that this one does not hear.',
    () => ports.silentControllers?.().length ?? 0,
  );
  gauge('tarsier_api_streams_open', 'Open watch and log streams.', openStreams);
  gauge(
    'tarsier_faults',
    'Faults of the last commit that was looked at.',
    () => ports.faults().length,
  );
  gauge('tarsier_source_age_seconds', 'Since the repository answered last; -1 for never.', () => {
    const at = ports.source()?.lastLookAt;
    return at === undefined ? -1 : Math.max(0, (ports.now() - at) / 1_000);
  });
  addReportCounter(ports, registry);
  addRemarkGauge(ports, registry);
  addFleetGauges(ports, registry);
  const reconcile = new Histogram({
    name: 'tarsier_reconcile_seconds',
    help: 'From a commit that was seen to its command in the registry.',
    buckets: reconcileBuckets,
    registers,
  });
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    observeReconcile: (durationMs) => reconcile.observe(durationMs / 1_000),
  };
}

function addReportCounter({ collected }: StatusPorts, registry: Registry): void {
  const counter = new Counter({
    name: 'tarsier_reports_total',
    help: 'Entries that services reported; dropped: no room on the disk of the agent.',
    labelNames: ['kind', 'source'],
    registers: [],
    collect() {
      this.reset();
      for (const { kind, source, entries } of collected.counters()) {
        this.inc({ kind, source }, entries);
      }
    },
  });
  registry.registerMetric(counter);
}

/** Agents choose the words: whatever one of them says, the list of series stays short. */
const remarksMax = 50;

/** They run, so they are no problem of the fleet, and somebody may want to be told all the same. */
function addRemarkGauge({ registry: replica }: StatusPorts, registry: Registry): void {
  const gauge = new Gauge({
    name: 'tarsier_instance_remarks',
    help: 'Instances that run, with something to say about it, such as FrameworkClosed.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      const counts = new Map<string, number>();
      for (const { phase, reason } of replica.state.observed.values()) {
        if (phase !== 'running' || reason === undefined) continue;
        const isKnown = counts.has(reason) || counts.size < remarksMax;
        const word = isKnown && /^[A-Za-z]{1,64}$/.test(reason) ? reason : 'Other';
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
      for (const [reason, count] of counts) gauge.set({ reason }, count);
    },
  });
}

/** All of them come from one look, taken when the first one is read. */
function addFleetGauges(ports: StatusPorts, registry: Registry): void {
  const problems: Gauge<'severity'> = new Gauge({
    name: 'tarsier_problems',
    help: 'Things that are not fine, by severity.',
    labelNames: ['severity'],
    registers: [registry],
    collect: () => look(),
  });
  const services = fleetGauge(registry, 'tarsier_services', ['axis', 'state']);
  const nodes = fleetGauge(registry, 'tarsier_nodes', ['state']);
  const instances = fleetGauge(registry, 'tarsier_instances', ['count']);
  const look = (): void => {
    const status = fleetView(readView(ports));
    for (const one of [problems, services, nodes, instances]) one.reset();
    for (const severity of ['error', 'warning']) problems.set({ severity }, 0);
    for (const { severity } of status.problems) problems.inc({ severity });
    for (const service of status.services) {
      for (const axis of ['sync', 'health', 'rollout'] as const) {
        services.inc({ axis, state: service[axis] });
      }
    }
    for (const { state } of status.nodes) nodes.inc({ state });
    for (const [count, value] of Object.entries(status.cluster.counts.instances)) {
      instances.set({ count }, value);
    }
  };
}

function fleetGauge<Label extends string>(
  registry: Registry,
  name: string,
  labelNames: Label[],
): Gauge<Label> {
  const help = `Objects by ${labelNames.join(' and ')}.`;
  return new Gauge({ name, help, labelNames, registers: [registry] });
}
