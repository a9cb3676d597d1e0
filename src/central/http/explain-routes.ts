// Why a function comes to which software, and what a template comes to. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ExplainQuery, FunctionExplanation, RenderedFor, RenderQuery } from '../../contract/central/explain.ts'
import { Name } from '../../contract/values.ts'
import type { Functions } from '../functions.ts'
import type { NodePort } from '../ports.ts'
import { differingLines } from '../templates/differing-lines.ts'
import type { Renderings } from '../templates/renderings.ts'

interface ExplainRoutesDeps {
  readonly functions: Functions
  readonly renderings: Renderings
  readonly nodes: NodePort
}

const NameParams = Type.Object({ name: Name })

export const explainRoutes: FastifyPluginAsyncTypebox<ExplainRoutesDeps> = async (app, { functions, renderings, nodes }) => {
  app.get(
    '/functions/:name/explain',
    { schema: { params: NameParams, querystring: ExplainQuery, response: { 200: FunctionExplanation } } },
    async ({ params: { name }, query: { site, node } }) =>
      functions.explain(name, { siteName: site, ...(node === undefined ? {} : { node: nodes.view(node) }) }),
  )

  app.get(
    '/templates/:name/render',
    { schema: { params: NameParams, querystring: RenderQuery, response: { 200: RenderedFor } } },
    async ({ params: { name }, query: { site, node, function: functionName } }) => {
      const ofNode = node === undefined ? {} : { node: nodes.view(node), ofNode: nodes.functionOf(node) }
      const rendered = renderings.render(name, { functionName, siteName: site, ...ofNode })
      if (node === undefined) return rendered
      const has = await nodes.configuredText(node, rendered.to)
      const onNode = has === undefined ? {} : { onNode: { jobId: has.jobId, at: has.at, version: has.file.version } }
      return { ...rendered, ...onNode, difference: [...differingLines(has?.text ?? '', rendered.text)] }
    },
  )
}
