// Reading JSON by paths. Pure.
/** Of a path into JSON: installed.version. undefined: nothing is there; of a prototype nothing is read. */
export function valueAt(json: unknown, path: string): unknown {
  let value = json
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}
