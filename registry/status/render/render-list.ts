/** `tarsctl get`: a table for every list. */

import type { ListName, ListedResources } from '../resources.ts';
import {
  endpointColumns,
  eventColumns,
  faultColumns,
  instanceColumns,
  nodeColumns,
  packageColumns,
  revisionColumns,
  rolloutColumns,
  serviceColumns,
} from './list-columns.ts';
import { notificationColumns, reportColumns } from './report-columns.ts';
import { renderProblems } from './render-problems.ts';
import type { RenderOptions } from './style.ts';
import { renderTable, type Column } from './table.ts';

type Renderer<Item> = (items: readonly Item[], options: RenderOptions) => string;

function table<Item>(columns: (options: RenderOptions) => readonly Column<Item>[]): Renderer<Item> {
  return (items, options) => renderTable(columns(options), items, options.style);
}

const renderers: { readonly [Name in ListName]: Renderer<ListedResources[Name]> } = {
  nodes: table(nodeColumns),
  services: table(serviceColumns),
  instances: table(instanceColumns),
  endpoints: table(endpointColumns),
  rollouts: table(rolloutColumns),
  revisions: table(revisionColumns),
  packages: table(packageColumns),
  events: table(eventColumns),
  faults: table(faultColumns),
  problems: renderProblems,
  notifications: table(notificationColumns),
  reports: table(reportColumns),
};

/** Ends with a line break; says so when there is nothing. */
export function renderList<Name extends ListName>(
  name: Name,
  items: readonly ListedResources[Name][],
  options: RenderOptions,
): string {
  return items.length === 0 ? `No ${name}.\n` : renderers[name](items, options);
}
