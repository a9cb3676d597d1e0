// What the commands ask an appliance about functions, distributions, templates and sites; and the part of the client that asks it.
import { type Static, type TSchema, Type } from 'typebox'
import { SitePlan } from '../../contract/central/closure.ts'
import { FunctionExplanation, RenderedFor } from '../../contract/central/explain.ts'
import { type CentralObject, ObjectFolderReport, ObjectList, ObjectView } from '../../contract/central/objects.ts'

/** The path of a kind of objects below the operator API. */
export type ObjectPath =
  | 'functions'
  | 'distributions'
  | 'distribution-profiles'
  | 'templates'
  | 'configuration-files'
  | 'site-definitions'

export interface CentralApi {
  objects(path: ObjectPath): Promise<ObjectList['objects']>
  /** version: as it was. */
  object(path: ObjectPath, name: string, version?: number): Promise<ObjectView>
  setObject(path: ObjectPath, object: CentralObject): Promise<ObjectView>
  removeObject(path: ObjectPath, name: string): Promise<void>
  /** Looks at the watched folder now. */
  checkCentralFolder(): Promise<ObjectFolderReport>
  sitePlan(name: string): Promise<SitePlan>
  explainFunction(name: string, query: Record<string, string>): Promise<FunctionExplanation>
  renderTemplate(name: string, query: Record<string, string>): Promise<RenderedFor>
}

type Ask = <T extends TSchema>(method: string, path: string, answer: T, body?: unknown) => Promise<Static<T>>

export function createCentralClient(ask: Ask): CentralApi {
  const at = (path: ObjectPath, name: string) => `/${path}/${encodeURIComponent(name)}`
  const asked = (query: Record<string, string>) => {
    const words = new URLSearchParams(query).toString()
    return words === '' ? '' : `?${words}`
  }
  return {
    objects: async (path) => (await ask('GET', `/${path}`, ObjectList)).objects,
    object: (path, name, version) =>
      ask('GET', at(path, name) + asked(version === undefined ? {} : { version: String(version) }), ObjectView),
    setObject: (path, { kind: _kind, name, ...body }) => ask('PUT', at(path, name), ObjectView, body),
    removeObject: (path, name) => ask('DELETE', at(path, name), Type.Void()),
    checkCentralFolder: () => ask('POST', '/central-folder/check', ObjectFolderReport),
    sitePlan: (name) => ask('GET', `${at('site-definitions', name)}/plan`, SitePlan),
    explainFunction: (name, query) => ask('GET', `${at('functions', name)}/explain${asked(query)}`, FunctionExplanation),
    renderTemplate: (name, query) => ask('GET', `${at('templates', name)}/render${asked(query)}`, RenderedFor),
  }
}
