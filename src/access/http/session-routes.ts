// How a machine that another appliance booted gets a token here: by an agent credential, or, at a directory, by introducing itself.
// Mounted beside the agent API: everything else there needs the token that this gives.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { SessionAnswer, SessionRequest } from '../../contract/appliances.ts'
import { AppError } from '../../contract/errors.ts'
import type { AgentCredentials } from '../agent-credentials.ts'
import { type BootTokens, peerDigestOf, type TokenOrigin } from '../boot-tokens.ts'

export interface SessionRoutesDeps {
  readonly tokens: BootTokens
  readonly credentials: AgentCredentials
  /** Whether machines may come without a credential; they wait for approval like those that boot here. */
  readonly takesIntroductions: boolean
}

/** A MAC address and the name of a boot. */
const SESSION_BODY_BYTES = 1024

export const sessionRoutes: FastifyPluginAsyncTypebox<SessionRoutesDeps> = async (app, deps) => {
  // Strangers push out only the boots of strangers.
  const boots = { credential: new NamedBoots(), introduced: new NamedBoots() }
  const origins = new WeakMap<object, TokenOrigin>()
  app.post(
    '/sessions',
    {
      schema: {
        tags: ['agent'],
        summary: 'A token for a machine that another appliance booted',
        body: SessionRequest,
        response: { 200: SessionAnswer },
      },
      bodyLimit: SESSION_BODY_BYTES,
      // Before the body is read.
      onRequest: async (request) => void origins.set(request, originOf(request.bearer(), request.peer(), deps)),
    },
    async (request) => {
      const origin = origins.get(request)!
      const { mac, boot: name } = request.body
      const known = origin.kind === 'credential' ? boots.credential : boots.introduced
      return { token: deps.tokens.make({ mac, origin, boot: known.boot(mac, name, () => deps.tokens.nextBoot()) }) }
    },
  )
}

function originOf(secret: string, peer: string, { credentials, takesIntroductions }: SessionRoutesDeps): TokenOrigin {
  const serial = credentials.serialOf(secret)
  if (serial !== undefined) return { kind: 'credential', serial }
  if (secret !== '' || !takesIntroductions) throw refused(secret)
  return { kind: 'introduced', peerDigest: peerDigestOf(peer) }
}

const KEPT_BOOTS = 20_000

/** When each boot was first heard of, by the clock of this appliance: its jobs tell by that whether a machine has booted since. */
class NamedBoots {
  readonly #byMac = new Map<string, { readonly name: string; readonly boot: string }>()

  boot(mac: string, name: string | undefined, next: () => string): string {
    const known = this.#byMac.get(mac)
    if (known !== undefined && known.name === name) return known.boot
    const boot = next()
    if (name === undefined) return boot
    this.#byMac.delete(mac)
    if (this.#byMac.size >= KEPT_BOOTS) this.#byMac.delete(this.#byMac.keys().next().value!)
    this.#byMac.set(mac, { name, boot })
    return boot
  }
}

function refused(secret: string): AppError {
  return new AppError(
    'AGENT_CREDENTIAL_REFUSED',
    secret === '' ? 'an agent credential is needed here' : 'the agent credential is not, or no longer, known here',
    'Make one with `platen agent-credential add NAME` here, and list it where the agents come from: `platen appliance add`.',
  )
}
