// Users, tokens, and one's own login. Mounted inside the operator API, which says who asks.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  AddedToken,
  CallerView,
  NewToken,
  NewUser,
  PasswordChange,
  SecondFactorBegin,
  SecondFactorCodes,
  SecondFactorConfirm,
  SecondFactorRemove,
  SecondFactorStart,
  TokenList,
  UserChange,
  UserList,
  UserView,
} from '../../contract/people.ts'
import { Name } from '../../contract/values.ts'
import type { People } from '../people.ts'
import { noSessionCookie, sessionCookie, sessionIn } from './session-cookie.ts'

interface PeopleRoutesDeps {
  readonly people: People
}

const ByUser = Type.Object({ user: Name })
const ByToken = Type.Object({ token: Name })
const Nothing = Type.Null()

export const peopleRoutes: FastifyPluginAsyncTypebox<PeopleRoutesDeps> = async (app, { people }) => {
  const { users, tokens, logins } = people

  app.get('/me', { schema: { response: { 200: CallerView } } }, async (request, reply) => {
    const { caller, protocol } = request
    // Here and nowhere else: a page that is open asks it now and then, and waits for the answer.
    const given = caller.by === 'login' ? await logins.renewed(sessionIn(request)) : undefined
    if (given !== undefined)
      reply.header('set-cookie', sessionCookie(given.secret, { isEncrypted: protocol === 'https', until: given.until }))
    return caller
  })

  app.post('/logout', { schema: { response: { 204: Nothing } } }, async (request, reply) => {
    await logins.end(request.bearer() || sessionIn(request))
    return reply
      .code(204)
      .header('set-cookie', noSessionCookie({ isEncrypted: request.protocol === 'https' }))
      .send(null)
  })

  app.post('/me/password', { schema: { body: PasswordChange, response: { 204: Nothing } } }, async (request, reply) => {
    const secret = request.bearer() || sessionIn(request)
    await people.changeOwnPassword(request.caller.name, request.body, request.peer(), secret)
    return reply.code(204).send(null)
  })

  app.post(
    '/me/second-factor',
    { schema: { body: SecondFactorBegin, response: { 200: SecondFactorStart } } },
    async (request) => await people.beginSecondFactor(request.caller.name, request.body.password, request.peer()),
  )

  app.post(
    '/me/second-factor/confirm',
    { schema: { body: SecondFactorConfirm, response: { 200: SecondFactorCodes } } },
    async (request) => await people.confirmSecondFactor(request.caller.name, request.body.code, request.peer()),
  )

  app.post(
    '/me/second-factor/remove',
    { schema: { body: SecondFactorRemove, response: { 204: Nothing } } },
    async (request, reply) => {
      const { password, code } = request.body
      await people.removeSecondFactor(request.caller.name, password, code, request.peer())
      return reply.code(204).send(null)
    },
  )

  app.get('/users', { schema: { response: { 200: UserList } } }, async () => ({ users: [...users.list()] }))

  app.post('/users', { schema: { body: NewUser, response: { 201: UserView } } }, async ({ body }, reply) =>
    reply.code(201).send(await users.add(body)),
  )

  app.patch(
    '/users/:user',
    { schema: { params: ByUser, body: UserChange, response: { 200: UserView } } },
    async ({ params, body }) => await people.changeUser(params.user, body),
  )

  app.delete('/users/:user', { schema: { params: ByUser, response: { 204: Nothing } } }, async ({ params }, reply) => {
    await people.removeUser(params.user)
    return reply.code(204).send(null)
  })

  app.get('/tokens', { schema: { response: { 200: TokenList } } }, async () => ({ tokens: [...tokens.list()] }))

  app.post('/tokens', { schema: { body: NewToken, response: { 201: AddedToken } } }, async ({ body, caller }, reply) =>
    reply.code(201).send(await tokens.add(body, caller.name)),
  )

  app.delete('/tokens/:token', { schema: { params: ByToken, response: { 204: Nothing } } }, async ({ params }, reply) => {
    await tokens.remove(params.token)
    return reply.code(204).send(null)
  })
}
