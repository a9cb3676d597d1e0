// What was counted over the last weeks. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { FigureQuery, FigureSeries, type FigureSpan } from '../../contract/figures.ts'

export interface FigureRoutesDeps {
  series(span: FigureSpan): FigureSeries
}

export function figureRoutes({ series }: FigureRoutesDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/figures',
      {
        schema: {
          tags: ['appliance'],
          summary: 'What was counted over the last day or weeks, for charts',
          querystring: FigureQuery,
          response: { 200: FigureSeries },
        },
      },
      async ({ query: { over = 'day' } }) => series(over),
    )
  }
}
