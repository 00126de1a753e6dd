/** Names of objects, `App.Server.Obj`, as lookups take them. */

export const objectNameLengthMax = 256;

/** Others are known to nobody, and are asked of nobody. */
export function isObjectName(name: string): boolean {
  return name.length <= objectNameLengthMax && /^[\w-]+(?:\.[\w-]+){2,}$/.test(name);
}
