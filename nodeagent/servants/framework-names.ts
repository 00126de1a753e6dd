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

/** Which object a name stands for. What a template calls otherwise is looked up like any service. */
export const frameworkNames: ReadonlyMap<string, FrameworkObject> = new Map(
  (Object.keys(frameworkObjects) as FrameworkObject[]).map((object) => [
    frameworkObjects[object],
    object,
  ]),
);
