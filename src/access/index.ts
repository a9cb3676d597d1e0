// The door of this room: who may ask what, and the secrets by which they prove it.
import { timingSafeEqual } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { Clock, State } from '../store/index.ts'
import { type AgentCredentialRecord, AgentCredentials } from './agent-credentials.ts'
import { BootTokens } from './boot-tokens.ts'
import { credentialRoutes } from './http/credential-routes.ts'
import { sessionRoutes } from './http/session-routes.ts'
import { type NodeCredentialRecord, NodeCredentials } from './node-credentials.ts'
import { openSecrets } from './secrets.ts'
import { openSigningKey, type SigningKey } from './signing-key.ts'
import { openSshKey, type SshKey } from './ssh-key.ts'

export type { AgentCredentials } from './agent-credentials.ts'
export { type BootToken, type BootTokens, peerDigestOf, type TokenOrigin } from './boot-tokens.ts'
export type { PublicSigningKey, SigningKey } from './signing-key.ts'

export interface AccessConfig {
  /** Holds secrets/. Made when missing. */
  readonly dataDir: string
  /** Whether machines may come without an agent credential; they wait for approval like those that boot here. */
  readonly takesIntroductions: boolean
}

export interface Access {
  /** Whether this is the operator token. */
  isOperator(token: string): boolean
  readonly tokens: BootTokens
  readonly credentials: AgentCredentials
  /** By which running systems speak for their nodes. */
  readonly nodeCredentials: NodeCredentials
  /** By which this appliance logs into running nodes. */
  readonly sshKey: SshKey
  /** By which this appliance signs what it made. */
  readonly signingKey: SigningKey
  /** Mounted under the agent prefix, without a token: here machines get one. */
  readonly sessionRoutes: FastifyPluginAsync
  readonly operatorRoutes: FastifyPluginAsync
}

/** Makes the secrets at the first start. */
export async function openAccess(config: AccessConfig, { state, clock }: { state: State; clock: Clock }): Promise<Access> {
  const { operatorToken, bootTokenKey } = await openSecrets(config.dataDir)
  const sshKey = await openSshKey(config.dataDir)
  const signingKey = await openSigningKey(config.dataDir)
  const tokens = new BootTokens(bootTokenKey, clock)
  const credentials = new AgentCredentials(await state.collection<AgentCredentialRecord>('agent-credentials'), clock)
  return {
    tokens,
    credentials,
    nodeCredentials: new NodeCredentials(await state.collection<NodeCredentialRecord>('node-credentials'), clock),
    sshKey,
    signingKey,
    isOperator: (token) => isSame(token, operatorToken),
    sessionRoutes: async (app) => {
      await app.register(sessionRoutes, { tokens, credentials, takesIntroductions: config.takesIntroductions })
    },
    operatorRoutes: async (app) => {
      await app.register(credentialRoutes, { credentials })
    },
  }
}

/** In constant time. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b)
}
