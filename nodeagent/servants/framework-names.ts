/** The names under which services find the framework next to them. */

export const frameworkObjects = {
  query: 'tars.tarsregistry.QueryObj',
  server: 'tars.tarsnode.ServerObj',
  config: 'tars.tarsconfig.ConfigObj',
  notify: 'tars.tarsnotify.NotifyObj',
  log: 'tars.tarslog.LogObj',
  stat: 'tars.tarsstat.StatObj',
  property: 'tars.tarsproperty.PropertyObj',
} as const;

export type FrameworkObject = keyof typeof frameworkObjects;

/** Further names that templates give them. */
export type FurtherNames = Partial<Readonly<Record<FrameworkObject, readonly string[]>>>;

/** Every name, and which object it stands for; the usual names cannot be given to another one. */
export function frameworkNames(further: FurtherNames = {}): ReadonlyMap<string, FrameworkObject> {
  const names = new Map<string, FrameworkObject>();
  const objects = Object.keys(frameworkObjects) as FrameworkObject[];
  for (const object of objects) for (const name of further[object] ?? []) names.set(name, object);
  for (const object of objects) names.set(frameworkObjects[object], object);
  return names;
}
