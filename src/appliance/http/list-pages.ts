// Lists come in pages, filtered, sorted and thinned out as the request says: for all of them by the table in src/contract/lists.ts.
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { type TObject, Type } from 'typebox'
import { LIST_QUERY, LISTS, type ListQuery, type ListRow } from '../../contract/lists.ts'
import { routeOf } from '../../contract/routes.ts'
import { pageOf } from './list-page.ts'
import { rowOfRequest } from './route-table.ts'

/** After whatever takes items out of lists that somebody may not see: pages are counted without them. */
export function installListPages(app: FastifyInstance): void {
  app.addHook('onRoute', (options) => {
    if (listOf(options) === undefined) return
    const own = (options.schema?.querystring as TObject | undefined)?.properties ?? {}
    options.schema = { ...options.schema, querystring: Type.Object({ ...own, ...LIST_QUERY }) }
  })
  app.addHook('preSerialization', async (request, reply, payload) => {
    const row = rowOfRequest(request)
    const list = row === undefined ? undefined : LISTS[row.operationId]
    if (list === undefined || reply.statusCode !== 200) return payload
    return paged(payload as Readonly<Record<string, unknown>>, request, list)
  })
}

function paged(payload: Readonly<Record<string, unknown>>, request: FastifyRequest, list: ListRow): unknown {
  const query = request.query as ListQuery
  const all = payload[list.items]
  if (!Array.isArray(all) || Object.keys(LIST_QUERY).every((word) => query[word as keyof ListQuery] === undefined)) return payload
  const { items, total, next } = pageOf(all, query, list)
  return {
    ...payload,
    [list.items]: items,
    ...(query.limit === undefined ? {} : { total }),
    ...(next === undefined ? {} : { next }),
  }
}

function listOf({ method, url }: RouteOptions): ListRow | undefined {
  const row = routeOf([method].flat()[0] ?? '', url)
  return row === undefined ? undefined : LISTS[row.operationId]
}
