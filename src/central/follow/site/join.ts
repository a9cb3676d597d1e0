// Joining a central: its key is proven by the fingerprint in the code before anything of it is believed, and the code's secret does not travel.
// Pure but for the two requests.
import { Value } from 'typebox/value'
import { CentralHello, JoinAnswer, SITE_API_PREFIX, Signed } from '../../../contract/central/follow.ts'
import { type Clock, instantOf } from '../../../store/index.ts'
import { isKeyOf, joinProof, readJoinCode } from '../join-code.ts'
import { newNonce } from '../request-signature.ts'
import { notProven, readSigned } from '../signed.ts'
import { agentFor, ask, failureIn, readAll } from './central-link.ts'
import type { CentralRecord } from './central-memory.ts'
import type { SiteKey } from './site-key.ts'

const MOST_BYTES = 256 * 1024

/** Throws SITE_CODE_INVALID, SITE_CODE_REFUSED, SITE_CENTRAL_NOT_PROVEN, SITE_CENTRAL_UNREACHABLE. */
export async function joinCentral(url: string, code: string, key: SiteKey, clock: Clock): Promise<CentralRecord> {
  const { proofKey, fingerprint } = readJoinCode(code)
  // Over HTTPS the certificate cannot be known yet: what comes is proven by the fingerprint instead.
  const agent = agentFor(url, 'none')
  const send = async (method: 'GET' | 'POST', path: string, body: unknown): Promise<unknown> => {
    const bytes = Buffer.from(body === undefined ? '' : JSON.stringify(body))
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length }
    const answer = await ask(url, { method, target: `${SITE_API_PREFIX}${path}`, headers, body: bytes, agent })
    if ((answer.statusCode ?? 500) >= 400) throw await failureIn(answer, url)
    return parsed(await readAll(answer, MOST_BYTES))
  }
  try {
    const hello = await send('GET', '/central', undefined)
    if (!Value.Check(CentralHello, hello)) throw notProven('it does not say which key it has')
    const { publicKey } = hello
    if (!isKeyOf(fingerprint, publicKey)) throw notProven('its key is another one than the code says')
    const nonce = newNonce()
    const proof = joinProof(proofKey, { centralPublicKey: publicKey, sitePublicKey: key.publicKey, nonce })
    const signed = await send('POST', '/join', { publicKey: key.publicKey, nonce, proof })
    if (!Value.Check(Signed, signed)) throw notProven('its answer is not signed')
    const answer = readSigned('join', JoinAnswer, signed, publicKey)
    if (answer.nonce !== nonce) throw notProven('its answer is one to somebody else')
    const { site, authority } = answer
    const record: CentralRecord = { id: 'central', url, site, publicKey, joinedAt: instantOf(clock.now()) }
    return authority === undefined ? record : { ...record, authority }
  } finally {
    agent.destroy()
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw notProven('its answer is no JSON')
  }
}
