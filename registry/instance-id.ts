/** Takes an instance id apart: `<Application.Server>@<node>`. */

import type { InstanceId } from '../spec/desired-state.ts';

export function nodeOfInstance(instance: InstanceId): string {
  return instance.slice(instance.lastIndexOf('@') + 1);
}

export function serviceOfInstance(instance: InstanceId): string {
  const at = instance.lastIndexOf('@');
  return at < 0 ? instance : instance.slice(0, at);
}
