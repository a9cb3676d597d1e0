// The operator API asked from within, for somebody whom central vouches for: the request goes the way of every other one, with a secret that is
// good for it alone, so role, scope, checks and audit are those of the routes.
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Access, Caller } from '../../access/index.ts'
import type { OwnApiPort, OwnQuestion } from '../../central/index.ts'
import { OPERATOR_API_PREFIX } from '../../contract/operator-api.ts'

type Shown = Parameters<Access['callerOf']>[0]

export class OwnApi implements OwnApiPort {
  readonly #callers = new Map<string, Caller>()
  #app: FastifyInstance | undefined

  /** Where the operator API is mounted. */
  attach(app: FastifyInstance): void {
    this.#app = app
  }

  /** undefined: it is nobody who asks from within. */
  callerOf({ secret }: Shown): Caller | undefined {
    return this.#callers.get(secret)
  }

  async ask({ method, path, body, person }: OwnQuestion): ReturnType<OwnApiPort['ask']> {
    const secret = randomBytes(32).toString('base64url')
    this.#callers.set(secret, { ...person, by: 'central' })
    try {
      const answer = await this.#app!.inject({
        method,
        url: `${OPERATOR_API_PREFIX}${path}`,
        headers: { authorization: `Bearer ${secret}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      })
      const contentType = String(answer.headers['content-type'] ?? 'application/json')
      return { status: answer.statusCode, contentType, body: answer.rawPayload }
    } finally {
      this.#callers.delete(secret)
    }
  }
}
