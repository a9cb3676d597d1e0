// What nodes should run, what ran on them, and the way back. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { JobView } from '../../contract/job.ts'
import { JobList } from '../../contract/operator-api.ts'
import { Name } from '../../contract/values.ts'
import { ClassRollBack, MovePlan, NodeHistory, NodeRollBack, NodeWanted, RollBackQuery, Wanted } from '../../contract/wanted.ts'
import type { Nodes } from '../node/nodes.ts'
import type { openWantedRoom } from '../wanted/open-wanted-room.ts'
import { ranOn } from '../wanted/ran.ts'

export interface OperatorWantedRoutesDeps {
  readonly nodes: Nodes
  readonly wanted: Pick<ReturnType<typeof openWantedRoom>, 'desk' | 'drift' | 'ownWishes' | 'rollBacks'>
}

const NodeParams = Type.Object({ node: Type.String({ description: 'Id or name.' }) })
const ClassParams = Type.Object({ name: Name })
const ofNode = { tags: ['nodes'], params: NodeParams }
const ofClass = { tags: ['nodes'], params: ClassParams }

export const operatorWantedRoutes: FastifyPluginAsyncTypebox<OperatorWantedRoutesDeps> = async (app, { nodes, wanted }) => {
  const { desk, drift, ownWishes, rollBacks } = wanted

  app.get(
    '/nodes/:node/wanted',
    { schema: { ...ofNode, summary: 'What a node should run, who says so, and what it has', response: { 200: NodeWanted } } },
    async ({ params }) => desk.view(nodes.find(params.node)),
  )

  app.put(
    '/nodes/:node/wanted',
    {
      schema: {
        ...ofNode,
        summary: 'Say what one node should run, over what its classes say',
        body: Wanted,
        response: { 200: NodeWanted },
      },
    },
    async ({ params, body }) => {
      const node = await ownWishes.set(params.node, body)
      drift.takeAsKnown()
      return desk.view(node)
    },
  )

  app.get(
    '/nodes/:node/history',
    { schema: { ...ofNode, summary: 'What ran on a node from when to when', response: { 200: NodeHistory } } },
    async ({ params }) => ({ ran: ranOn(nodes.find(params.node)).toReversed() }),
  )

  app.get(
    '/nodes/:node/roll-back',
    {
      schema: {
        ...ofNode,
        summary: 'What a roll-back of a node would move',
        querystring: RollBackQuery,
        response: { 200: MovePlan },
      },
    },
    async ({ params, query }) => rollBacks.planNode(params.node, query.to),
  )

  app.post(
    '/nodes/:node/roll-back',
    {
      schema: {
        ...ofNode,
        summary: 'Bring a node back to the version before, or to any that is kept',
        body: NodeRollBack,
        response: { 201: JobView },
      },
    },
    async ({ params, body }, reply) => reply.code(201).send(await rollBacks.node(params.node, body.to)),
  )

  app.get(
    '/classes/:name/roll-back',
    {
      schema: {
        ...ofClass,
        summary: 'What a roll-back of a class would move',
        querystring: RollBackQuery,
        response: { 200: MovePlan },
      },
    },
    async ({ params, query }) => rollBacks.planClass(params.name, query.to),
  )

  app.post(
    '/classes/:name/roll-back',
    {
      schema: {
        ...ofClass,
        summary: 'Bring a class back to the version before, or to any that is kept',
        body: ClassRollBack,
        response: { 201: JobList },
      },
    },
    async ({ params, body }, reply) => reply.code(201).send({ jobs: [...(await rollBacks.class(params.name, body))] }),
  )
}
