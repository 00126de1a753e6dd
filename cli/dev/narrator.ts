/** Tells the terminal what happens while `tarsctl dev` runs: a line per fact, and the faults in full. */

import type { Writable } from 'node:stream';
import type { Controller } from '../../controller/main.ts';
import { paintState } from '../../registry/status/render/style.ts';
import { renderTable, type Column } from '../../registry/status/render/table.ts';
import type { InstanceObserved, InstanceTarget, RegistryEvent } from '../../registry/model.ts';
import { TarsierClient } from '../../sdk/typescript/client.ts';
import type { TextStyle } from '../../spec/wording/text-style.ts';

interface Row {
  readonly target: InstanceTarget;
  readonly seen: InstanceObserved | undefined;
}

const columns: readonly Column<Row>[] = [
  { header: 'SERVICE', text: ({ target }) => target.service },
  { header: 'NODE', text: ({ target }) => target.node },
  { header: 'VERSION', text: ({ target }) => target.content.release?.version ?? '-' },
  {
    header: 'STATE',
    text: ({ seen }) => seen?.phase ?? 'unknown',
    paint: (text, _row, style) => paintState(text, style),
  },
  { header: 'PID', text: ({ seen }) => String(seen?.pid ?? '-') },
  {
    header: 'ENDPOINT',
    text: ({ seen }) => seen?.endpoints.map(({ host, port }) => `${host}:${port}`).join(' ') ?? '-',
  },
];

const TELL_WAITING_MS = 10_000;
const WAITING_SHOWN_MAX = 3;

export class Narrator {
  readonly #out: Writable;
  readonly #style: TextStyle;
  readonly #startedMs = performance.now();

  constructor(out: Writable, style: TextStyle) {
    this.#out = out;
    this.#style = style;
  }

  doing(text: string): void {
    this.#line(this.#style.accent('►'), text);
  }

  done(text: string): void {
    this.#line(this.#style.good('✔'), text);
  }

  text(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** From now on every event of the registry is told. */
  follow(controller: Controller): void {
    const { source } = controller.registry.state;
    if (source !== undefined) void this.#tellCommit(controller);
    controller.registry.subscribe(({ command, result }) => {
      if (!result.accepted) return;
      if (command.type === 'apply-commit') void this.#tellCommit(controller);
      for (const event of result.events) if (isNews(event)) this.#tellEvent(event);
    });
  }

  /** Resolves when every instance that should run does; meanwhile says what it waits for. */
  whenAllRun(controller: Controller): Promise<'ready'> {
    return new Promise((resolve) => {
      const waiting = setInterval(() => void this.#tellWaiting(controller), TELL_WAITING_MS);
      const check = (): void => {
        if (!allRun(controller)) return;
        stop();
        clearInterval(waiting);
        resolve('ready');
      };
      const stop = controller.registry.subscribe(() => setImmediate(check));
      setImmediate(check);
      waiting.unref();
    });
  }

  table({ registry }: Controller): void {
    const { observed, targets, source } = registry.state;
    if (targets.size === 0) {
      const isHeld = source !== undefined && source.held.length > 0;
      const why = isHeld ? 'the faults above hold everything back' : 'Git asks for no instance';
      this.#line(this.#style.warn('!'), `nothing runs yet: ${why}`);
      return;
    }
    const rows = [...targets.values()]
      .toSorted((a, b) => a.instance.localeCompare(b.instance))
      .map((target) => ({ target, seen: observed.get(target.instance) }));
    const seconds = ((performance.now() - this.#startedMs) / 1000).toFixed(1);
    const all = rows.length === 1 ? 'the instance is' : `all ${rows.length} instances are`;
    this.done(`${all} as Git asks, ${seconds} s after the start`);
    this.text(`\n${renderTable(columns, rows, this.#style)}`);
  }

  async #tellWaiting({ url }: Controller): Promise<void> {
    const client = new TarsierClient({ serverUrl: url });
    const list = await client.list('instances').catch(() => undefined);
    const late = list?.items.filter(({ health }) => health !== 'Healthy' && health !== 'Stopped');
    for (const { id, reason, message } of late?.slice(0, WAITING_SHOWN_MAX) ?? []) {
      this.#line(this.#style.accent('◎'), `waiting for ${id}: ${reason}: ${message}`);
    }
    const more = (late?.length ?? 0) - WAITING_SHOWN_MAX;
    if (more > 0) this.#line(this.#style.accent('◎'), `and for ${more} more: tarsctl status`);
  }

  #tellEvent({ severity, subject, message }: RegistryEvent): void {
    const { good, warn, bad, strong } = this.#style;
    const mark = { info: good('✔'), warning: warn('!'), error: bad('✗') }[severity];
    const name = subject.kind === 'Commit' ? subject.name.slice(0, 7) : subject.name;
    this.#line(mark, `${strong(name)}  ${message}`);
  }

  async #tellCommit({ registry, pipeline }: Controller): Promise<void> {
    const { source } = registry.state;
    if (source === undefined) return;
    await pipeline.faults.settled;
    const { warn, bad } = this.#style;
    for (const { text } of pipeline.faults.current) if (text !== undefined) this.text(`\n${text}`);
    const shown = `${source.commit.slice(0, 7)} "${source.subject}"`;
    if (source.holdReason !== undefined) {
      this.#line(bad('✗'), `${shown} is held: ${source.holdReason.message}`);
    } else if (source.held.length > 0) {
      const names = source.held.map(({ object }) => `${object.kind} ${object.name}`).join(', ');
      const others = source.objects - source.held.length;
      this.text('');
      this.#line(
        warn('!'),
        `${shown}: held back with their last good revision: ${names}. The other ${others} objects are not affected.`,
      );
    }
  }

  #line(mark: string, text: string): void {
    this.#out.write(`${mark} ${text}\n`);
  }
}

/** Steps on the way, and agents that come with this process, are told by what comes of them. */
const onTheWay: readonly string[] = ['TargetsSet', 'NodeConnected', 'NodeAdded'];

function isNews({ reason, severity }: RegistryEvent): boolean {
  return severity !== 'info' || !onTheWay.includes(reason);
}

/** What still runs the revision before is on its way. */
function runs(seen: InstanceObserved | undefined, revision: string): boolean {
  return seen?.phase === 'running' && seen.revision === revision;
}

function allRun({ registry }: Controller): boolean {
  const { scopes, targets, observed } = registry.state;
  if (registry.state.source === undefined) return false;
  for (const { desired } of scopes.values()) {
    for (const { instance, revision } of desired.instances) {
      if (targets.get(instance)?.revision !== revision) return false;
      const seen = observed.get(instance);
      if (desired.state === 'stopped' ? seen?.phase !== 'stopped' : !runs(seen, revision))
        return false;
    }
  }
  return true;
}
