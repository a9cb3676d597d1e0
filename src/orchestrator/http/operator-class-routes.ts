// Node classes and approval rules as a person's tools see them. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  ApprovalRule,
  ApprovalRuleList,
  ClassDeploy,
  JobList,
  NewApprovalRule,
  NodeClass,
  NodeClassList,
  NodeClassView,
} from '../../contract/operator-api.ts'
import { Name } from '../../contract/values.ts'
import type { ClassDeploys } from '../job/class-deploys.ts'
import type { NodeClasses } from '../node/classes.ts'
import type { NodeLife } from '../node/life.ts'
import type { DriftWatch } from '../wanted/drift.ts'

export interface OperatorClassRoutesDeps {
  readonly classes: NodeClasses
  readonly classDeploy: ClassDeploys
  readonly wanted: { readonly drift: DriftWatch }
  readonly nodeLife: NodeLife
}

const ClassParams = Type.Object({ name: Name })
const RuleParams = Type.Object({ id: Type.String() })
const ClassBody = Type.Omit(NodeClass, ['name'], { additionalProperties: false })
const Nothing = Type.Null()
const tags = ['nodes']

export const operatorClassRoutes: FastifyPluginAsyncTypebox<OperatorClassRoutesDeps> = async (
  app,
  { classes, classDeploy, wanted, nodeLife },
) => {
  app.get(
    '/classes',
    { schema: { tags, summary: 'All node classes and who is in them', response: { 200: NodeClassList } } },
    async () => ({
      classes: [...classes.list()],
    }),
  )

  app.get(
    '/classes/:name',
    { schema: { tags, summary: 'One node class', params: ClassParams, response: { 200: NodeClassView } } },
    async (request) => classes.show(request.params.name),
  )

  app.put(
    '/classes/:name',
    {
      schema: {
        tags,
        summary: 'Make or replace a node class',
        params: ClassParams,
        body: ClassBody,
        response: { 200: NodeClassView },
      },
    },
    async ({ params, body }) => {
      const view = await classes.set({ ...body, name: params.name })
      wanted.drift.takeAsKnown()
      return view
    },
  )

  app.delete(
    '/classes/:name',
    { schema: { tags, summary: 'Remove a node class; its nodes stay', params: ClassParams, response: { 204: Nothing } } },
    async (request, reply) => {
      await classes.remove(request.params.name)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/classes/:name/deploy',
    {
      schema: {
        tags,
        summary: 'Deploy an image to every node of a class',
        params: ClassParams,
        body: ClassDeploy,
        response: { 201: JobList },
      },
    },
    async ({ params, body }, reply) => reply.code(201).send({ jobs: [...(await classDeploy.deploy(params.name, body))] }),
  )

  app.get(
    '/approval-rules',
    { schema: { tags, summary: 'Rules that approve nodes', response: { 200: ApprovalRuleList } } },
    async () => ({
      rules: [...nodeLife.rules()],
    }),
  )

  app.post(
    '/approval-rules',
    {
      schema: {
        tags,
        summary: 'Approve the nodes that this speaks of, now and later',
        body: NewApprovalRule,
        response: { 201: ApprovalRule },
      },
    },
    async (request, reply) => reply.code(201).send(await nodeLife.addRule(request.body)),
  )

  app.delete(
    '/approval-rules/:id',
    { schema: { tags, summary: 'End a rule; what it approved stays', params: RuleParams, response: { 204: Nothing } } },
    async (request, reply) => {
      await nodeLife.removeRule(request.params.id)
      return reply.code(204).send(null)
    },
  )
}
