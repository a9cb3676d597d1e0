// Nodes as a person's tools see them. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  NodeChange,
  NodeHold,
  NodeList,
  NodeMerge,
  NodeRestart,
  NodeRestartAnswer,
  NodeSplit,
  NodeView,
  SshKeyView,
} from '../../contract/operator-api.ts'
import type { NodeLife } from '../node/life.ts'
import type { NodeMerges } from '../node/merges.ts'
import type { Nodes } from '../node/nodes.ts'
import type { MustProve } from '../present/must-prove.ts'
import type { NodeRestarts } from '../remote/node-restarts.ts'

export interface OperatorNodeRoutesDeps {
  readonly nodes: Nodes
  readonly nodeLife: NodeLife
  readonly mustProve: MustProve
  readonly nodeRestarts: NodeRestarts
  readonly sshKey: SshKeyView
  readonly nodeMerges: NodeMerges
}

const NodeParams = Type.Object({ node: Type.String({ description: 'Id or name.' }) })
const answers = { tags: ['nodes'], params: NodeParams, response: { 200: NodeView } }

export const operatorNodeRoutes: FastifyPluginAsyncTypebox<OperatorNodeRoutesDeps> = async (
  app,
  { nodes, nodeLife, mustProve, nodeMerges, nodeRestarts, sshKey },
) => {
  app.get('/nodes', { schema: { tags: ['nodes'], summary: 'All nodes', response: { 200: NodeList } } }, async () => ({
    nodes: nodes.list().map((node) => nodes.view(node)),
  }))

  app.get('/nodes/:node', { schema: { ...answers, summary: 'One node' } }, async ({ params }) =>
    nodes.view(nodes.find(params.node)),
  )

  app.patch(
    '/nodes/:node',
    { schema: { ...answers, summary: 'Rename a node, or change what people say of it', body: NodeChange } },
    async ({ params, body }) => nodes.view(await nodeLife.edit(params.node, body)),
  )

  app.post(
    '/nodes/:node/approve',
    { schema: { ...answers, summary: 'Allow jobs on a node, and name it', body: NodeChange } },
    async ({ params, body }) => nodes.view(await nodeLife.approve(params.node, body)),
  )

  app.post(
    '/nodes/:node/hold',
    { schema: { ...answers, summary: 'Give a node no further job', body: NodeHold } },
    async ({ params, body }) => nodes.view(await nodeLife.hold(params.node, body.reason)),
  )

  app.post(
    '/nodes/:node/restart',
    {
      schema: {
        ...answers,
        summary: 'Restart a node that runs its own system, over SSH',
        body: NodeRestart,
        response: { 200: NodeRestartAnswer },
      },
    },
    async ({ params, body }) => nodeRestarts.restart(params.node, body),
  )

  app.get(
    '/ssh-key',
    { schema: { tags: ['nodes'], summary: 'The key by which the appliance logs into nodes', response: { 200: SshKeyView } } },
    async () => sshKey,
  )

  app.post('/nodes/:node/release', { schema: { ...answers, summary: 'End the hold of a node' } }, async ({ params }) =>
    nodes.view(await nodeLife.release(params.node)),
  )

  app.post(
    '/nodes/:node/prove',
    { schema: { ...answers, summary: 'Have its disk looked at in its next boot, in the boot OS' } },
    async ({ params }) => nodes.view(await mustProve.ask(params.node)),
  )

  app.post(
    '/nodes/:node/reclaim',
    { schema: { ...answers, summary: 'Take its job away, boot it, and hold it', body: NodeHold } },
    async ({ params, body }) => nodes.view(await nodeLife.reclaim(params.node, body.reason)),
  )

  app.post(
    '/nodes/:node/merge',
    { schema: { ...answers, summary: 'Make two nodes one, where they are one machine', body: NodeMerge } },
    async ({ params, body }) => nodes.view(await nodeMerges.merge(params.node, body.into)),
  )

  app.post(
    '/nodes/:node/split',
    { schema: { ...answers, summary: 'Make the machine that boots from one address a node of its own', body: NodeSplit } },
    async ({ params, body }) => nodes.view(await nodeMerges.split(params.node, body.mac, body.name)),
  )

  app.post(
    '/nodes/:node/retire',
    { schema: { ...answers, summary: 'Take a node out of service for good' } },
    async ({ params }) => nodes.view(await nodeLife.retire(params.node)),
  )
}
