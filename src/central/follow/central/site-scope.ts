// The scope of sites: prefix, the signature by which each shows that it is itself, and the routes inside. Every request is signed, with its body;
// one that comes twice is refused.
import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../../contract/errors.ts'
import { type Clock, instantOf } from '../../../store/index.ts'
import { isSignedBy, type ShownSignature, shownIn } from '../request-signature.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The site that asks. */
    siteName: string
  }
}

interface SiteScopeDeps {
  /** undefined: nobody, or no longer. */
  keyOf(site: string): string | undefined
  noteContact(site: string): void
  keyId(): string
  readonly clock: Clock
}

/** How far the clocks of the two may be apart, and how long a nonce is remembered. */
const SKEW_MS = 5 * 60_000

export function letSitesIn(app: FastifyInstance, { keyOf, noteContact, keyId, clock }: SiteScopeDeps): void {
  const nonces = new Nonces()
  app.decorateRequest('siteName', '')
  app.addHook('onRequest', async (request) => {
    const shown = shownIn(request.headers.authorization)
    const key = shown === undefined ? undefined : keyOf(shown.site)
    if (shown === undefined || key === undefined || !isSigned(request, shown, key, keyId())) throw refused()
    // Told to nobody but a site: with it, it asks again by our time.
    if (Math.abs(shown.at - clock.now()) > SKEW_MS) throw clockDiffers(shown.at, clock.now())
    if (!nonces.take(shown.nonce, clock.now())) throw refused()
    request.siteName = shown.site
    noteContact(shown.site)
  })
  app.addHook('preParsing', async (request, _reply, payload) => {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
    // Nothing comes, and nothing is read.
    if (coding === undefined && Number(length) === 0) return payload
    const { bodyDigest } = shownIn(request.headers.authorization)!
    return payload.pipe(bodyCheck(bodyDigest, (error) => payload.destroy(error)))
  })
}

function isSigned({ method, raw }: FastifyRequest, shown: ShownSignature, key: string, centralKeyId: string): boolean {
  const { at, nonce, bodyDigest, site, signature } = shown
  return isSignedBy(key, site, { method, target: raw.url ?? '', bodyDigest, at, nonce, centralKeyId }, signature)
}

/** What was signed is what came: told at the end, before anything is made of the last piece. */
function bodyCheck(digest: string, cut: (error: Error) => void): Transform & { receivedEncodedLength: number } {
  const hash = createHash('sha256')
  const check = Object.assign(
    new Transform({
      transform(piece: Buffer, _encoding, done) {
        hash.update(piece)
        check.receivedEncodedLength += piece.length
        done(undefined, piece)
      },
      flush(done) {
        if (hash.digest('hex') === digest) return done()
        const error = refused()
        cut(error)
        done(error)
      },
    }),
    { receivedEncodedLength: 0 },
  )
  return check
}

class Nonces {
  readonly #seen = new Map<string, number>()

  take(nonce: string, now: number): boolean {
    for (const [old, at] of this.#seen) {
      if (now - at <= 2 * SKEW_MS) break
      this.#seen.delete(old)
    }
    if (this.#seen.has(nonce)) return false
    this.#seen.set(nonce, now)
    return true
  }
}

function refused(): AppError {
  return new AppError(
    'SITE_REQUEST_REFUSED',
    'no site that follows this appliance signed this request',
    'A site that was retired or moved is not served. To let it in again: `platen site code NAME` here, `platen join` there.',
  )
}

function clockDiffers(theirs: number, ours: number): AppError {
  return new AppError(
    'SITE_CLOCK_DIFFERS',
    `the request was signed at ${instantOf(theirs)}, and here it is ${instantOf(ours)}`,
    'The site asks again by the time of its central. Set the clocks of both by NTP.',
  )
}
