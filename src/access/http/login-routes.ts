// How people prove who they are: mounted beside the operator API, since nobody is anybody yet.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { FirstAdmin, Login, LoginAnswer, UserView } from '../../contract/people.ts'
import type { People } from '../people.ts'
import { sessionCookie } from './session-cookie.ts'

interface LoginRoutesDeps {
  readonly people: People
}

export const loginRoutes: FastifyPluginAsyncTypebox<LoginRoutesDeps> = async (app, { people }) => {
  app.post('/login', { schema: { body: Login, response: { 200: LoginAnswer } } }, async (request, reply) => {
    const { body, protocol } = request
    const { caller, given } = await people.login(body, request.peer())
    const { secret, until } = given
    if (body.keep === 'token') return { ...caller, until, token: secret }
    reply.header('set-cookie', sessionCookie(secret, { isEncrypted: protocol === 'https', until }))
    return { ...caller, until }
  })

  app.post('/first-admin', { schema: { body: FirstAdmin, response: { 201: UserView } } }, async (request, reply) =>
    reply.code(201).send(await people.addFirstAdmin(request.body, request.peer())),
  )
}
