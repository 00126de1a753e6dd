/** What one run leaves for the next: each stage with what it has seen and made of it. */

import type { AuthStage } from './resolve-auth.ts';
import type { ClusterStage } from './resolve-cluster.ts';
import type { ConfigStage } from './resolve-configs.ts';
import type { KnownServices } from './known-services.ts';
import type { PlacedSets } from './placed-sets.ts';
import type { DataCenterStage } from './resolve-data-centers.ts';
import type { NodeStage } from './resolve-nodes.ts';
import type { RepositoryIndex } from './repository-index.ts';
import type { SecretStage } from './resolve-secrets.ts';
import type { ServiceStage } from './resolve-services.ts';
import type { TemplateStage } from './resolve-templates.ts';
import type { TopologyStage } from './resolve-topology.ts';
import type { SelectionTable } from './select-nodes.ts';
import type { UnusedAppConfigs } from './unused-app-configs.ts';

/** For `resolveRepository` and `applyHolds` alone. */
export interface ResolveMemo {
  readonly index: RepositoryIndex;
  readonly cluster: ClusterStage;
  readonly dataCenters: DataCenterStage;
  readonly topology: TopologyStage;
  readonly nodes: NodeStage;
  readonly selections: SelectionTable;
  readonly templates: TemplateStage;
  readonly known: KnownServices;
  readonly configs: ConfigStage;
  readonly placed: PlacedSets;
  readonly unused: UnusedAppConfigs;
  readonly secrets: SecretStage;
  readonly auth: AuthStage;
  readonly services: ServiceStage;
}
