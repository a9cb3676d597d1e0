// The one place of this room where an error becomes an HTTP answer.
import type { FastifyError, FastifyInstance } from 'fastify'
import { AppError, ERROR_CODES } from '../../contract/errors.ts'
import type { ErrorBody } from '../../contract/operator-api.ts'
import type { SchemaProblem } from '../schema-problems.ts'

/** Thrown by the validator: what is wrong with which field. */
export class SchemaError extends Error {
  readonly problems: readonly SchemaProblem[]

  constructor(problems: readonly SchemaProblem[]) {
    super(problems.map(({ path, reason }) => `${path.join('.')}: ${reason}`.replace(/^: /, '')).join('; '))
    this.problems = problems
  }
}

export function installErrorReply(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof AppError) {
      request.log.info({ code: error.code }, error.message)
      return reply.code(ERROR_CODES[error.code].status).send(bodyOf(error))
    }
    if (error.validation !== undefined || error instanceof SchemaError) {
      const where = error.validationContext ?? 'request'
      return reply.code(400).send(bodyOf(invalid(`${where}: ${error.message}`)))
    }
    if (isStoreFull(error)) {
      request.log.error({ err: error }, 'the disk of the appliance is full')
      const full = 'Free some space on the disk that holds the data folder; the request may then be repeated.'
      return reply
        .code(507)
        .send(bodyOf({ code: 'APPLIANCE_DISK_FULL', message: 'the disk of the appliance is full', hint: full }))
    }
    const status = error.statusCode ?? 500
    if (status < 500) return reply.code(status).send(bodyOf(invalid(error.message)))
    request.log.error({ err: error, method: request.method, url: request.url }, 'a request failed unexpectedly')
    return reply
      .code(500)
      .send(bodyOf({ code: 'REQUEST_FAILED', message: 'the appliance could not answer', hint: 'Its log has the reason.' }))
  })
}

function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message, 'See /docs for what this request takes.')
}

function isStoreFull(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

function bodyOf({ code, message, hint }: Pick<AppError, 'code' | 'message' | 'hint'>): ErrorBody {
  return { code, message, hint }
}
