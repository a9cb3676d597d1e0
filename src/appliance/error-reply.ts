// Where an error becomes an HTTP answer for everything that no room answers by itself.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, ERROR_CODES } from '../contract/errors.ts'
import type { ErrorBody } from '../contract/operator-api.ts'

export function installErrorReply(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(body('REQUEST_NOT_FOUND', `nothing at ${request.method} ${request.url}`, 'See /docs for what there is.')),
  )
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof AppError) {
      request.log.info({ code: error.code }, error.message)
      return reply.code(ERROR_CODES[error.code].status).send(body(error.code, error.message, error.hint))
    }
    const status = error.statusCode ?? 500
    if (status < 500) return reply.code(status).send(body('REQUEST_INVALID', error.message, 'See /docs for the schema.'))
    request.log.error({ err: error, method: request.method, url: request.url }, 'a request failed unexpectedly')
    return reply.code(500).send(body('REQUEST_FAILED', 'the appliance could not answer', 'Its log has the reason.'))
  })
}

/** What fastify refuses before any route is chosen: a URL that cannot be decoded. */
export function replyToBadRequest(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.code(error.statusCode ?? 400).send(body('REQUEST_INVALID', error.message, 'See /docs for what there is.'))
}

const body = (code: keyof typeof ERROR_CODES, message: string, hint: string): ErrorBody => ({ code, message, hint })
