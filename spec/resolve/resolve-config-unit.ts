/** One Config object with its text, checked against what it names. */

import type { ConfigScope } from '../../schemas/kinds.generated.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { checkConfigSyntax } from './check-config-syntax.ts';
import type { ConfigEntry, ConfigFile } from './config-groups.ts';
import { FaultList, heldBy, isSameOutcome, usable, type Outcome } from './outcome.ts';
import type { RepositoryIndex } from './repository-index.ts';
import type { ResolvedNode } from './resolve-node-unit.ts';
import type { NodeStage } from './resolve-nodes.ts';
import {
  areTextsSame,
  findText,
  isSameReference,
  textOf,
  type ReadText,
  type TextReference,
} from './resolve-text.ts';
import type { Suggest } from './suggestions.ts';

export interface ConfigText {
  readonly object: ObjectOf<'Config'>;
  readonly text: string;
  /** Where the text stands when it is not inline. */
  readonly textPath: string | undefined;
}

export interface ConfigUnit extends Inputs {
  /** Its own text alone. */
  readonly outcome: Outcome<ConfigText>;
  readonly faults: readonly Fault[];
  /** Its faults depend on more than its inputs. */
  readonly volatile: boolean;
  /** It names no node and no file, so nothing but its object and the names of services counts. */
  readonly isPlain: boolean;
  /** It has references, is merged by structure, or is for a SET: most Configs are not. */
  readonly isLayered: boolean;
  /** The same for Configs of one file at one level. */
  readonly level: string;
  /** Application or service. */
  readonly target: string;
  /** As others see it while it has no references. */
  readonly entry: ConfigEntry;
}

interface Inputs {
  readonly object: ObjectOf<'Config'>;
  readonly reference: TextReference | undefined;
  readonly node: Outcome<ResolvedNode> | undefined;
  readonly hasService: boolean;
}

export interface ConfigContext {
  readonly index: RepositoryIndex;
  readonly nodes: NodeStage;
  /** Names of all services, sound or broken. */
  readonly services: ReadonlySet<string>;
  readonly readText: ReadText;
  readonly suggest: Suggest;
}

export function resolveConfigUnit(
  object: ObjectOf<'Config'>,
  context: ConfigContext,
  before: ConfigUnit | undefined,
): ConfigUnit {
  const inputs = readInputs(object, context);
  if (before !== undefined && canKeep(before, inputs)) return before;
  const list = new FaultList(object);
  const { service, node: nodeName } = object.value.spec.scope;
  const missingService = service !== undefined && !inputs.hasService;
  const missingNode = nodeName !== undefined && inputs.node === undefined;
  if (missingService) addMissingService(service, context, list);
  if (missingNode) addMissingNode(nodeName, context, list);
  if (inputs.node?.ok === false) list.dependsOn(inputs.node.hold);
  const text = textOf(object, inputs.reference, list);
  const textPath = inputs.reference?.path;
  // A file that cannot be had is no text that could be wrong.
  if (list.hold === undefined) checkConfigSyntax(object, text, textPath, list);
  const outcome = list.hold === undefined ? usable({ object, text, textPath }) : heldBy(list.hold);
  const { scope, fileName, references, merge } = object.value.spec;
  const target = scope.app ?? service ?? '';
  const file: Outcome<ConfigFile> = outcome.ok
    ? usable({ own: outcome.value, references: [] })
    : outcome;
  const volatile = missingService || missingNode;
  return {
    ...inputs,
    outcome,
    faults: list.faults,
    volatile,
    isPlain: !volatile && inputs.reference === undefined && nodeName === undefined,
    isLayered: references.length > 0 || merge === 'deep' || scope.set !== undefined,
    level: levelKey(scope, fileName),
    target,
    entry: {
      name: object.name,
      fileName,
      level: service === undefined ? 'app' : 'service',
      set: scope.set,
      node: nodeName,
      outcome: file,
    },
  };
}

/** The same for Configs of one file at one level. */
export function levelKey(
  { app, set, service, node }: Partial<ConfigScope>,
  fileName: string,
): string {
  return [app ?? service, set ?? '', node ?? '', fileName].join(' ');
}

/** Whether `before` may stay, given that its object and the names of services are the same. */
export function isUnchanged(
  before: ConfigUnit,
  context: ConfigContext,
  sameNodes: boolean,
): boolean {
  if (before.volatile && !sameNodes) return false;
  const { node } = before.object.value.spec.scope;
  const found = node === undefined ? undefined : context.nodes.outcomes.get(node);
  if (!isSameOutcome(before.node, found)) return false;
  return before.reference === undefined || areTextsSame([before.reference], context.readText);
}

function readInputs(
  object: ObjectOf<'Config'>,
  { services, nodes, readText }: ConfigContext,
): Inputs {
  const { service, node } = object.value.spec.scope;
  return {
    object,
    reference: findText(object, readText),
    node: node === undefined ? undefined : nodes.outcomes.get(node),
    hasService: service !== undefined && services.has(service),
  };
}

function canKeep(before: ConfigUnit, now: Inputs): boolean {
  return (
    !before.volatile &&
    before.object === now.object &&
    before.hasService === now.hasService &&
    isSameReference(before.reference, now.reference) &&
    isSameOutcome(before.node, now.node)
  );
}

function addMissingService(
  name: string,
  { index, services, suggest }: ConfigContext,
  list: FaultList,
): void {
  if (index.trouble.unreadableHold !== undefined) {
    list.dependsOn(index.trouble.unreadableHold);
    return;
  }
  const suggestion = suggest(name, services);
  const message = `no Service is named ${name}`;
  list.add('SPEC_MISSING_REFERENCE', '/spec/scope/service', message, suggestion);
}

function addMissingNode(name: string, { nodes, suggest }: ConfigContext, list: FaultList): void {
  if (nodes.missingHold !== undefined) {
    list.dependsOn(nodes.missingHold);
    return;
  }
  const suggestion = suggest(name, nodes.outcomes);
  const message = `no node is named ${name}`;
  list.add('SPEC_MISSING_REFERENCE', '/spec/scope/node', message, suggestion);
}
