// How a machine that another appliance booted gets a token here: by an agent credential, or, at a directory, by introducing itself.
// Mounted beside the agent API: everything else there needs the token that this gives.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { SessionAnswer, SessionRequest } from '../../contract/appliances.ts'
import { AppError } from '../../contract/errors.ts'
import type { Clock } from '../../store/index.ts'
import type { AgentCredentials } from '../agent-credentials.ts'
import type { BootTokens } from '../boot-tokens.ts'

export interface SessionRoutesDeps {
  readonly tokens: BootTokens
  readonly credentials: AgentCredentials
  readonly clock: Clock
  /** Whether machines may come without a credential; they wait for approval like those that boot here. */
  readonly takesIntroductions: boolean
}

export const sessionRoutes: FastifyPluginAsyncTypebox<SessionRoutesDeps> = async (app, deps) => {
  const boots = new NamedBoots()
  app.post(
    '/sessions',
    {
      schema: {
        tags: ['agent'],
        summary: 'A token for a machine that another appliance booted',
        body: SessionRequest,
        response: { 200: SessionAnswer },
      },
    },
    async (request) => {
      const secret = request.bearer()
      const credential = deps.credentials.serialOf(secret)
      if (credential === undefined && (secret !== '' || !deps.takesIntroductions)) throw refused(secret)
      const { mac, boot: name } = request.body
      const boot = boots.boot(mac, name, deps.clock.now())
      return { token: deps.tokens.make(mac, { boot, credential }) }
    },
  )
}

const KEPT_BOOTS = 20_000

/** When each boot was first heard of, by the clock of this appliance: its jobs tell by that whether a machine has booted since. */
class NamedBoots {
  readonly #byMac = new Map<string, { readonly name: string; readonly boot: string }>()

  boot(mac: string, name: string | undefined, nowMs: number): string {
    const known = this.#byMac.get(mac)
    if (known !== undefined && known.name === name) return known.boot
    const boot = nowMs.toString(36)
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
