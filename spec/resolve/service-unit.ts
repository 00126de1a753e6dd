/** One Service object, checked and rendered; taken from the run before when nothing it uses changed. */

import type { ClusterDefaults } from '../../schemas/kinds.generated.ts';
import type { DesiredScope } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { defaultTemplateOf } from '../builtin-templates/builtin-templates.ts';
import { hintBuiltins } from './builtin-objects.ts';
import { checkOnce, reportTags, type CheckedText } from './checked-text.ts';
import { checkServants } from './check-servants.ts';
import { checkTemplateType } from './check-template-type.ts';
import { checkServiceConfigs } from './check-unused-configs.ts';
import {
  FaultList,
  heldBy,
  isSameHold,
  isSameOutcome,
  usable,
  type Hold,
  type Outcome,
} from './outcome.ts';
import type { PlacementUnit } from './place-service.ts';
import { renderFiles } from './render-files.ts';
import type { TextsByNode } from './instance-texts.ts';
import { renderScopes } from './render-service.ts';
import type { ClusterStage } from './resolve-cluster.ts';
import type { ConfigGroup } from './config-groups.ts';
import type { ConfigStage } from './resolve-configs.ts';
import type { Calls } from './caller-keys.ts';
import type { AuthStage, AuthUnit } from './resolve-auth.ts';
import { joinTexts, type MergedTemplate, type TemplateStage } from './resolve-templates.ts';
import { addMissingGroup, type TopologyStage } from './resolve-topology.ts';
import type { RepositoryIndex } from './repository-index.ts';
import { revisionOf } from './service-revision.ts';
import type { Suggest } from './suggestions.ts';

export interface ServiceContext {
  readonly index: RepositoryIndex;
  readonly cluster: ClusterStage;
  readonly templates: TemplateStage;
  readonly configs: ConfigStage;
  readonly topology: TopologyStage;
  readonly auth: AuthStage;
  readonly suggest: Suggest;
  readonly hash: (text: string) => string;
}

interface Inputs {
  readonly app: string;
  readonly object: ObjectOf<'Service'>;
  readonly placed: PlacementUnit['outcome'];
  readonly clusterHold: Hold | undefined;
  readonly defaults: ClusterDefaults;
  readonly template: Outcome<MergedTemplate> | undefined;
  /** IDC group that its instances count as. */
  readonly group: Outcome<string> | undefined;
  readonly auth: AuthUnit | undefined;
  readonly calls: Calls | undefined;
  readonly appConfigs: ConfigGroup;
  readonly serviceConfigs: ConfigGroup;
}

export interface ServiceUnit extends Inputs {
  readonly outcome: Outcome<readonly DesiredScope[]>;
  readonly profile: CheckedText;
  readonly faults: readonly Fault[];
  /** Its faults depend on more than its inputs. */
  readonly volatile: boolean;
}

const noConfigs: ConfigGroup = [];

export function resolveService(
  placement: PlacementUnit,
  context: ServiceContext,
  before: ServiceUnit | undefined,
): ServiceUnit {
  if (before !== undefined && canKeep(before, placement, context)) return before;
  const inputs = readInputs(placement, context);
  const { object, placed, template, clusterHold, defaults } = inputs;
  const list = new FaultList(object);
  checkServants(object, list, context.suggest);
  const missingTemplate = checkTemplate(inputs, context, list);
  checkTemplateType(object, list);
  const profile = checkOnce(object.value.spec.profile ?? '', before?.profile);
  const written = { what: `the profile of ${object.name}`, pointer: '/spec/profile' };
  reportTags(object, profile, written, list);
  const missingGroup = checkGroup(inputs, context, list);
  const nodes = placed.ok ? placed.value : [];
  const files = renderFiles({ ...inputs, nodes }, context, list);
  const common = {
    ...inputs,
    profile,
    faults: list.faults,
    volatile: missingTemplate || missingGroup || files.volatile,
  };
  const text = templateText(object, template?.ok === true ? template.value : undefined);
  checkSize(files.byNode, text, inputs, list);
  const hold = firstOf(inputs, list) ?? clusterHold;
  if (placed.ok) list.faults.push(...checkServiceConfigs(object, inputs.serviceConfigs, nodes));
  if (hold !== undefined) return { ...common, outcome: heldBy(hold) };
  const revision = revisionOf({ ...inputs, template: text });
  const scopes = renderScopes({
    object,
    placed: nodes,
    defaults,
    revision,
    texts: files.byNode,
    hash: context.hash,
  });
  return { ...common, outcome: usable(scopes.map((scope) => keepIdentity(scope, inputs, before))) };
}

function readInputs(placement: PlacementUnit, context: ServiceContext): Inputs {
  const { cluster, configs } = context;
  const { object, outcome } = placement;
  const [app = ''] = object.name.split('.', 1);
  return {
    object,
    app,
    placed: outcome,
    clusterHold: cluster.hold,
    defaults: cluster.defaults,
    ...readNamed(object, context),
    appConfigs: configs.groups.get(app) ?? noConfigs,
    serviceConfigs: configs.groups.get(object.name) ?? noConfigs,
  };
}

/** What a service names, and what names it. */
function readNamed(
  object: ObjectOf<'Service'>,
  { templates, topology, auth }: ServiceContext,
): Pick<Inputs, 'template' | 'group' | 'auth' | 'calls'> {
  const template = templateNameOf(object);
  const group = object.value.spec.grouping?.group;
  return {
    template: template === undefined ? undefined : templates.outcomes.get(template),
    group: group === undefined ? undefined : topology.groups.get(group),
    auth: auth.units.get(object.name),
    calls: auth.calls.get(object.name),
  };
}

function templateNameOf({ value }: ObjectOf<'Service'>): string | undefined {
  return value.spec.template ?? defaultTemplateOf(value.spec.type);
}

function canKeep(
  before: ServiceUnit,
  { object, outcome }: PlacementUnit,
  context: ServiceContext,
): boolean {
  const { cluster, configs } = context;
  const now = readNamed(object, context);
  return (
    !before.volatile &&
    before.object === object &&
    before.defaults === cluster.defaults &&
    before.appConfigs === (configs.groups.get(before.app) ?? noConfigs) &&
    before.serviceConfigs === (configs.groups.get(object.name) ?? noConfigs) &&
    isSameOutcome(before.placed, outcome) &&
    before.auth === now.auth &&
    before.calls === now.calls &&
    isSameOutcome(before.template, now.template) &&
    isSameOutcome(before.group, now.group) &&
    isSameHold(before.clusterHold, cluster.hold)
  );
}

/** Its own fault first, wherever it was found; else that of what it depends on. */
function firstOf({ object, placed, auth }: Inputs, list: FaultList): Hold | undefined {
  const holds = [placed.ok ? undefined : placed.hold, auth?.hold, list.hold];
  const own = holds.find((hold) => hold?.root.kind === 'Service' && hold.root.name === object.name);
  return own ?? holds.find((hold) => hold !== undefined);
}

/** True when the fault depends on the names of all templates. */
function checkTemplate(inputs: Inputs, context: ServiceContext, list: FaultList): boolean {
  const { object, template } = inputs;
  const name = templateNameOf(object);
  if (template?.ok === false) list.dependsOn(template.hold);
  if (name === undefined || template !== undefined) return false;
  if (context.index.trouble.unreadableHold !== undefined)
    list.dependsOn(context.index.trouble.unreadableHold);
  else {
    const suggestion = context.suggest(name, context.templates.outcomes);
    const message = `no Template is named ${name}`;
    const extra = { ...suggestion, ...hintBuiltins(name) };
    list.add('SPEC_MISSING_REFERENCE', '/spec/template', message, extra);
  }
  return true;
}

/** True when the fault depends on the names of all groups. */
function checkGroup({ object, group }: Inputs, context: ServiceContext, list: FaultList): boolean {
  const name = object.value.spec.grouping?.group;
  if (group?.ok === false) list.dependsOn(group.hold);
  if (name === undefined || group !== undefined) return false;
  const { missingHold, groups } = context.topology;
  if (missingHold !== undefined) list.dependsOn(missingHold);
  else addMissingGroup(name, '/spec/grouping/group', { groups, suggest: context.suggest }, list);
  return true;
}

/** Characters of all texts of one instance: they travel in one message to its agent. */
const renderedLengthMax = 4 * 1024 * 1024;

function checkSize(
  byNode: TextsByNode,
  template: string | undefined,
  { calls = [] }: Inputs,
  list: FaultList,
): void {
  const keys = calls.flatMap(({ auth: { secretKey } }) =>
    'plain' in secretKey ? [] : secretKey.ciphertext,
  );
  for (const { files, served = [] } of byNode.values()) {
    const texts = [
      ...files.map(({ content }) => content),
      ...served.flatMap(({ content, appContent = '' }) => [content, appContent]),
      ...keys,
    ];
    const length = texts.reduce((sum, text) => sum + text.length, template?.length ?? 0);
    if (length <= renderedLengthMax) continue;
    const size = `${Math.ceil(length / 1024).toLocaleString('en')} KB`;
    const message = `the template, the configuration files and the keys of one instance have ${size}`;
    list.add('SPEC_RENDERED_TOO_LARGE', '/spec/configs', message, {
      hint: `at most ${renderedLengthMax / 1024} KB: ship large files in the package`,
    });
    return;
  }
}

/** The private profile comes last, so it wins. */
function templateText(
  { value }: ObjectOf<'Service'>,
  template: MergedTemplate | undefined,
): string | undefined {
  const { profile } = value.spec;
  if (template === undefined) return profile;
  return profile === undefined ? template.text : joinTexts(template.text, profile);
}

/** The earlier scope when it says the same, so that what comes next compares by identity. */
function keepIdentity(
  scope: DesiredScope,
  now: Inputs,
  before: ServiceUnit | undefined,
): DesiredScope {
  if (before?.outcome.ok !== true) return scope;
  // Other Configs may give the same text from another place, which no digest shows.
  if (before.appConfigs !== now.appConfigs || before.serviceConfigs !== now.serviceConfigs) {
    return scope;
  }
  const earlier = before.outcome.value.find((other) => other.scope === scope.scope);
  const same =
    earlier?.digest === scope.digest &&
    earlier.origin.path === scope.origin.path &&
    earlier.origin.line === scope.origin.line;
  return same ? earlier : scope;
}
