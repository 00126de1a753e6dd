/** Takes ids apart: `<Application.Server>@<node>` of instances, `<dataCenter>/<Application.Server>` of scopes. */

import type { InstanceId, ScopeId } from '../spec/desired-state.ts';

export function nodeOfInstance(instance: InstanceId): string {
  return instance.slice(instance.lastIndexOf('@') + 1);
}

export function serviceOfInstance(instance: InstanceId): string {
  const at = instance.lastIndexOf('@');
  return at < 0 ? instance : instance.slice(0, at);
}

export function serviceOfScope(scope: ScopeId): string {
  return scope.slice(scope.indexOf('/') + 1);
}
