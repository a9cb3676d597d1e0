// Schemas that have a name become references to components of the API description. Pure.
import { isSchemaName } from '../../../contract/named.ts'

export type Json = Record<string, unknown>

export class Components {
  readonly #schemas = new Map<string, Json>()

  /** The schema without names inside; each named part stands among the components. Throws when two of one name differ. */
  refer(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((each) => this.refer(each))
    if (typeof schema !== 'object' || schema === null) return schema
    const { $id, ...rest } = schema as Json
    const body = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, this.refer(value)]))
    if (!isSchemaName($id)) return body
    this.add($id, body)
    return { $ref: `#/components/schemas/${$id}` }
  }

  add(name: string, schema: Json): void {
    const known = this.#schemas.get(name)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`two schemas are called ${name}`)
    this.#schemas.set(name, schema)
  }

  /** By name. */
  get schemas(): Json {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}
