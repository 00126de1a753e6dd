/** Hands on what services report, each kind with its body of `report-bodies.ts`. */

import {
  collectedBodyLengthMax,
  type CollectedEntry,
} from '../../link/messages/collected-entry.ts';
import type { ReportSink } from '../reports/report-sink.ts';
import type { LogBody, NotifyBody, PropertyBody, StatBody } from './report-bodies.ts';
import { boundedText } from './rules/bounded-text.ts';
import { jsonBatches } from './rules/json-batches.ts';

interface ReporterOptions {
  readonly sink: ReportSink;
  /** The node of this agent, whatever callers say. */
  readonly node: string;
  readonly now: () => number;
}

/** Room for what is around the rows of a body. */
const FRAME_LENGTH_MAX = 2_048;
/** What the link takes as a name. */
const SOURCE_CHARACTERS_MAX = 256;
const ROWS_LENGTH_MAX = collectedBodyLengthMax - FRAME_LENGTH_MAX;

/** `source` is the service that speaks: `App.Server`. */
export class Reporter {
  readonly #options: ReporterOptions;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  notify(source: string, body: NotifyBody): void {
    this.#add('notify', source, JSON.stringify(body));
  }

  log(source: string, { file, lines }: LogBody): void {
    for (const rows of jsonBatches(lines, ROWS_LENGTH_MAX)) {
      this.#add('log', source, `{"file":${JSON.stringify(file)},"lines":${rows}}`);
    }
  }

  stat(source: string, { fromClient, calls }: StatBody): void {
    for (const rows of jsonBatches(calls, ROWS_LENGTH_MAX)) {
      this.#add('stat', source, `{"fromClient":${fromClient},"calls":${rows}}`);
    }
  }

  property(source: string, { properties }: PropertyBody): void {
    for (const rows of jsonBatches(properties, ROWS_LENGTH_MAX)) {
      this.#add('property', source, `{"properties":${rows}}`);
    }
  }

  #add(kind: CollectedEntry['kind'], source: string, body: string): void {
    const { sink, node, now } = this.#options;
    sink.add({ kind, at: now(), source: boundedText(source, SOURCE_CHARACTERS_MAX), node, body });
  }
}
