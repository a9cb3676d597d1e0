// How every list of the operator API is cut into pages, filtered, sorted and thinned out. Pure.
// The table says which lists there are and by what they are filtered and sorted; src/appliance/http/list-pages.ts does it.
import { type Static, type TArray, type TProperties, type TSchema, Type } from 'typebox'
import { NamedObject } from './named.ts'

export interface ListRow {
  /** The field of the answer that holds the list. */
  readonly items: string
  /** What tells one item from another: its path. */
  readonly key: string
  /** Paths of text, numbers and instants, by which it may be filtered and sorted; a list of texts is only filtered by. */
  readonly by: readonly string[]
}

/** By operation. */
export const LISTS: Readonly<Record<string, ListRow>> = {
  listNodes: {
    items: 'nodes',
    key: 'id',
    by: ['name', 'state', 'presence', 'location', 'tags', 'firstSeenAt', 'lastSeenAt', 'installed.imageName'],
  },
  listClasses: { items: 'classes', key: 'name', by: ['name', 'title'] },
  listApprovalRules: { items: 'rules', key: 'id', by: ['title', 'location', 'tags'] },
  listRollOuts: { items: 'rollOuts', key: 'id', by: ['nodeClass', 'phase', 'image', 'startedAt'] },
  listJobs: {
    items: 'jobs',
    key: 'id',
    by: ['state', 'request.kind', 'nodeId', 'nodeName', 'imageName', 'by', 'queuedAt', 'request.title'],
  },
  listOperations: { items: 'operations', key: 'id', by: ['kind', 'state', 'title', 'startedAt'] },
  listSchedules: { items: 'schedules', key: 'name', by: ['name'] },
  listImages: { items: 'images', key: 'name', by: ['name'] },
  listProfiles: { items: 'profiles', key: 'name', by: ['name'] },
  listPackages: { items: 'packages', key: 'name', by: ['name'] },
  listHooks: { items: 'hooks', key: 'name', by: ['name'] },
  listAppliances: { items: 'appliances', key: 'name', by: ['name'] },
  listAgentCredentials: { items: 'credentials', key: 'name', by: ['name'] },
  listFunctions: { items: 'objects', key: 'name', by: ['name', 'title', 'source'] },
  listDistributions: { items: 'objects', key: 'name', by: ['name', 'title', 'source'] },
  listDistributionProfiles: { items: 'objects', key: 'name', by: ['name', 'title', 'source'] },
  listTemplates: { items: 'objects', key: 'name', by: ['name', 'title', 'source'] },
  listConfigurationFiles: { items: 'objects', key: 'name', by: ['name', 'title', 'source'] },
  listSiteDefinitions: { items: 'objects', key: 'name', by: ['name', 'title', 'source'] },
  listUsers: { items: 'users', key: 'name', by: ['name', 'role'] },
  listSecrets: { items: 'secrets', key: 'name', by: ['name'] },
  listTokens: { items: 'tokens', key: 'name', by: ['name', 'role'] },
}

/** What a request for a list may say beside its own words. Left out: the whole list, in its own order, with all fields. */
export const LIST_QUERY = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, description: 'So many at most; `next` of the answer asks on.' }),
  ),
  after: Type.Optional(Type.String({ maxLength: 2000, description: '`next` of the page before, with the same other words.' })),
  sort: Type.Optional(
    Type.String({ maxLength: 200, description: 'By these, the first first; a minus turns one round: `-lastSeenAt,name`.' }),
  ),
  filter: Type.Optional(
    Type.String({
      maxLength: 1000,
      description:
        'Only these: `state=approved;location=room 2*`. All parts must hold; `a|b` is one of them, `*` at the end stands for the rest, `!=` is not.',
    }),
  ),
  fields: Type.Optional(Type.String({ maxLength: 500, description: 'Only these of each: `id,name,installed.version`.' })),
}
export const ListQuery = Type.Object(LIST_QUERY)
export type ListQuery = Static<typeof ListQuery>

/** What a page says of the rest; there when the request said `limit`. */
const PAGE = {
  /** Of all pages, as filtered. */
  total: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Left out: this was the last page. */
  next: Type.Optional(Type.String()),
}

/** The answer of a list: the field that holds it, what else belongs to it, and what a page says. */
export const NamedList = <K extends string, T extends TSchema, M extends TProperties = Record<never, never>>(
  $id: string,
  key: K,
  item: T,
  more: M = {} as M,
) => NamedObject($id, { ...({ [key]: Type.Array(item) } as Record<K, TArray<T>>), ...more, ...PAGE })
