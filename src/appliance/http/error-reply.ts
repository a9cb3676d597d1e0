// The one place where an error becomes an HTTP answer: problem details (RFC 9457).
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../contract/errors.ts'
import { PROBLEM_TYPE, problemOf } from '../../contract/problem.ts'
import { rowOfRequest, tooLarge, typeUnsupported } from './route-table.ts'
import { SchemaError } from './schemas.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code that it was refused with. Empty: none. */
    refusal: string
  }
}

export function installErrorReply(app: FastifyInstance): void {
  app.decorateRequest('refusal', '')
  app.setNotFoundHandler((request, reply) => {
    const message = `nothing at ${request.method} ${request.url}`
    return refuse(reply, new AppError('REQUEST_NOT_FOUND', message, 'See /docs for what there is.'))
  })
  app.setErrorHandler<FastifyError>((error, request, reply) => refuse(reply, failureOf(error, request)))
}

/** What fastify refuses before any route is chosen: a URL that cannot be decoded. */
export function replyToBadRequest(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return refuse(reply, invalid(error.message))
}

function refuse(reply: FastifyReply, failure: AppError): FastifyReply {
  const problem = problemOf(failure)
  reply.request.refusal = failure.code
  // JSON has no charset to name; fastify would add one to a text.
  return reply
    .code(problem.status)
    .header('content-type', PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problem)))
}

function failureOf(error: FastifyError, request: FastifyRequest): AppError {
  if (error instanceof AppError) {
    request.log.info({ code: error.code }, error.message)
    return error
  }
  if (error.validation !== undefined || error instanceof SchemaError) {
    return invalid(`${error.validationContext ?? 'request'}: ${error.message}`)
  }
  if (isStoreFull(error)) {
    request.log.error({ err: error }, 'the disk of the appliance is full')
    const hint = 'Free some space on the disk that holds the data folder; the request may then be repeated.'
    return new AppError('APPLIANCE_DISK_FULL', 'the disk of the appliance is full', hint)
  }
  const { statusCode = 500 } = error
  if (statusCode === 413) return tooLarge(rowOfRequest(request))
  if (statusCode === 415) return typeUnsupported(request)
  if (statusCode < 500) return invalid(error.message)
  request.log.error({ err: error, method: request.method, url: request.url }, 'a request failed unexpectedly')
  return new AppError('REQUEST_FAILED', 'the appliance could not answer', 'Its log has the reason.')
}

function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message, 'See /docs for what this request takes.')
}

function isStoreFull(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}
