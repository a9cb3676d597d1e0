// The one place where an error becomes an HTTP answer.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, ERROR_CODES } from '../../contract/errors.ts'
import type { ErrorBody } from '../../contract/operator-api.ts'
import { rowOfRequest, tooLarge } from './route-table.ts'
import { SchemaError } from './schemas.ts'

export function installErrorReply(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const message = `nothing at ${request.method} ${request.url}`
    return reply.code(404).send(bodyOf({ code: 'REQUEST_NOT_FOUND', message, hint: 'See /docs for what there is.' }))
  })
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const { status, body } = answerTo(error, request)
    return reply.code(status).send(body)
  })
}

/** What fastify refuses before any route is chosen: a URL that cannot be decoded. */
export function replyToBadRequest(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.code(error.statusCode ?? 400).send(bodyOf(invalid(error.message)))
}

interface ErrorAnswer {
  readonly status: number
  readonly body: ErrorBody
}

function answerTo(error: FastifyError, request: FastifyRequest): ErrorAnswer {
  if (error instanceof AppError) {
    request.log.info({ code: error.code }, error.message)
    return ofAppError(error)
  }
  if (error.validation !== undefined || error instanceof SchemaError) {
    const where = error.validationContext ?? 'request'
    return { status: 400, body: bodyOf(invalid(`${where}: ${error.message}`)) }
  }
  if (isStoreFull(error)) {
    request.log.error({ err: error }, 'the disk of the appliance is full')
    const hint = 'Free some space on the disk that holds the data folder; the request may then be repeated.'
    return { status: 507, body: bodyOf({ code: 'APPLIANCE_DISK_FULL', message: 'the disk of the appliance is full', hint }) }
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return ofAppError(tooLarge(rowOfRequest(request)))
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return ofAppError(typeUnsupported(request))
  const status = error.statusCode ?? 500
  if (status < 500) return { status, body: bodyOf(invalid(error.message)) }
  request.log.error({ err: error, method: request.method, url: request.url }, 'a request failed unexpectedly')
  const message = 'the appliance could not answer'
  return { status: 500, body: bodyOf({ code: 'REQUEST_FAILED', message, hint: 'Its log has the reason.' }) }
}

function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message, 'See /docs for what this request takes.')
}

function typeUnsupported({ headers }: FastifyRequest): AppError {
  const type = headers['content-type'] ?? 'without a type'
  return new AppError('REQUEST_TYPE_UNSUPPORTED', `a body of ${type} is not taken here`, 'See /docs for what this request takes.')
}

function ofAppError(error: AppError): ErrorAnswer {
  return { status: ERROR_CODES[error.code].status, body: bodyOf(error) }
}

function isStoreFull(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

function bodyOf({ code, message, hint }: Pick<AppError, 'code' | 'message' | 'hint'>): ErrorBody {
  return { code, message, hint }
}
