// Two people who edit the same thing are told: what they edit has an ETag, and an edit with If-Match is refused when that one is over
// (RFC 9110, sections 8.8.3 and 13.1). Which things these are, and which of their fields count: src/contract/routes/editions.ts.
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { canonicalJson } from '../../contract/canonical-json.ts'
import { AppError } from '../../contract/errors.ts'
import { type Edition, editionOf, isEdit } from '../../contract/routes.ts'
import { rowOfRequest } from './route-table.ts'
import { valueAt } from './value-at.ts'

export function installEditions(app: FastifyInstance): void {
  const turns = new Turns()
  app.addHook('preHandler', async (request, reply) => {
    const row = rowOfRequest(request)
    if (row === undefined || !isEdit(row.operationId)) return
    await turns.take(reply)
    await compare(app, request, editionOf(row.operationId)!)
  })
  app.addHook('preSerialization', async (request, reply, payload) => {
    const edition = editionOf(rowOfRequest(request)?.operationId ?? '')
    if (edition !== undefined && reply.statusCode === 200 && payload !== null) reply.header('etag', tagOf(payload, edition))
    return payload
  })
}

/** One edit after the other, so that nothing comes between what was compared and what is written. */
class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Until the answer is out, or nobody waits for it any more. */
  async take({ raw }: FastifyReply): Promise<void> {
    const before = this.#last
    // Also of one that went away while it waited: whoever comes behind it waits for those before it.
    this.#last = before.then(
      () =>
        new Promise((resolve) => {
          for (const end of ['finish', 'close']) raw.once(end, resolve)
          if (raw.closed || raw.writableFinished) resolve()
        }),
    )
    await before
  }
}

async function compare(app: FastifyInstance, request: FastifyRequest, edition: Edition): Promise<void> {
  const { 'if-match': match, 'if-none-match': noneMatch } = request.headers
  if (match === undefined && noneMatch === undefined) return
  const now = await tagOfNow(app, request, edition)
  if (match !== undefined && !(now !== undefined && namesTag(match, now))) throw editedMeanwhile(request, now)
  if (noneMatch !== undefined && now !== undefined && namesTag(noneMatch, now)) throw editedMeanwhile(request, now)
}

/** undefined: there is no such thing. By the same road on which whoever edits has read it. */
async function tagOfNow(app: FastifyInstance, { url, headers }: FastifyRequest, edition: Edition): Promise<string | undefined> {
  const { authorization, cookie, host } = headers
  const asked = { ...(authorization && { authorization }), ...(cookie && { cookie }), ...(host && { host }) }
  const answer = await app.inject({ method: 'GET', url: url.split('?')[0]!, headers: asked })
  return answer.statusCode === 200 ? tagOf(answer.json(), edition) : undefined
}

function tagOf(view: unknown, { fields }: Edition): string {
  const set = fields.map((field) => valueAt(view, field) ?? null)
  return `"${createHash('sha256').update(canonicalJson(set)).digest('hex').slice(0, 32)}"`
}

const namesTag = (header: string, tag: string): boolean =>
  header.split(',').some((one) => one.trim() === '*' || one.trim() === tag)

function editedMeanwhile({ url }: FastifyRequest, now: string | undefined): AppError {
  const what = now === undefined ? 'it is not there (any more)' : `it is at ${now} now`
  const hint = 'Read it again, see what somebody else changed, and send your change with its ETag.'
  return new AppError('REQUEST_EDITED_MEANWHILE', `${url} is not what this edit was made from: ${what}`, hint)
}
