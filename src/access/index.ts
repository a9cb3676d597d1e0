// The door of this room: who may ask what, and the secrets by which they prove it.
import type { FastifyPluginAsync } from 'fastify'
import type { AuditEntry } from '../contract/audit.ts'
import type { Finding } from '../contract/doctor.ts'
import type { Clock, Events, Log, State } from '../store/index.ts'
import { type AgentCredentialRecord, AgentCredentials } from './agent-credentials.ts'
import { Audit } from './audit/audit.ts'
import { Syslog, type SyslogTarget } from './audit/syslog.ts'
import { type BootExchangeRecord, BootExchanges } from './boot-exchanges.ts'
import { BootTokens } from './boot-tokens.ts'
import { openAuthority } from './ca/authority.ts'
import { ServerCertificates } from './ca/server-certificates.ts'
import type { SiteCertificateFiles } from './ca/site-certificate.ts'
import type { Caller, Shown } from './caller.ts'
import { auditRoutes } from './http/audit-routes.ts'
import { caFileRoutes, caRoutes } from './http/ca-routes.ts'
import { credentialRoutes } from './http/credential-routes.ts'
import { keyRoutes } from './http/key-routes.ts'
import { loginRoutes } from './http/login-routes.ts'
import { peopleRoutes } from './http/people-routes.ts'
import { secretRoutes } from './http/secret-routes.ts'
import { sessionRoutes } from './http/session-routes.ts'
import { type NodeCredentialRecord, NodeCredentials } from './node-credentials.ts'
import { People } from './people.ts'
import { ProfileSecrets, type SecretRecord } from './profile-secrets.ts'
import { openSecrets } from './secrets.ts'
import { openSigningKey, type SigningKey } from './signing-key.ts'
import { openSshKey, type SshKey } from './ssh-key.ts'

export type { AgentCredentials } from './agent-credentials.ts'
export type { Audit, AuditEvent } from './audit/audit.ts'
export { readSyslogTarget } from './audit/syslog.ts'
export { type BootToken, type BootTokens, peerDigestOf, type TokenOrigin } from './boot-tokens.ts'
export type { ServerCertificates } from './ca/server-certificates.ts'
export type { Caller } from './caller.ts'
export { isForeignOrigin, sessionIn } from './http/session-cookie.ts'
export type { PublicSigningKey, SigningKey } from './signing-key.ts'

export interface AccessConfig {
  /** Holds secrets/. Made when missing. */
  readonly dataDir: string
  /** Whether machines may come without an agent credential; they wait for approval like those that boot here. */
  readonly takesIntroductions: boolean
  /** The site's own certificate for HTTPS. Left out: it has none. */
  readonly siteCertificate?: SiteCertificateFiles
  /** Where every entry of the audit goes, too. Left out: nowhere. */
  readonly syslog?: SyslogTarget
  /** Names and addresses that HTTPS is reached at, as they are now. Left out: this machine alone. */
  readonly httpsNames?: () => readonly string[]
}

export interface Access {
  /** Who asks under the operator API. undefined: nobody that is known here. */
  callerOf(shown: Shown): Caller | undefined
  readonly tokens: BootTokens
  /** Which boots' tokens were exchanged by their agents. */
  readonly exchanges: BootExchanges
  readonly credentials: AgentCredentials
  /** By which running systems speak for their nodes. */
  readonly nodeCredentials: NodeCredentials
  /** By which this appliance logs into running nodes. */
  readonly sshKey: SshKey
  /** By which this appliance signs what it made. */
  readonly signingKey: SigningKey
  /** What HTTPS shows, and the CA behind it. */
  readonly certificates: ServerCertificates
  /** What is wrong with who asks, and with what is told of it. */
  diagnose(): readonly Finding[]
  /** The CA's certificates that are trusted now, in PEM. */
  caBundle(): string
  /** Mounted at the root: what anybody may have. */
  readonly openRoutes: FastifyPluginAsync
  /** Mounted under the agent prefix, without a token: here machines get one. */
  readonly sessionRoutes: FastifyPluginAsync
  /** Mounted under the operator prefix, without a credential: here people prove who they are. */
  readonly loginRoutes: FastifyPluginAsync
  readonly operatorRoutes: FastifyPluginAsync
  /** What steps of profiles are given. */
  readonly secrets: ProfileSecrets
  /** Who did what. */
  readonly audit: Audit
  close(): Promise<void>
}

interface AccessDeps {
  readonly state: State
  readonly clock: Clock
  readonly log: Log
  readonly events: Events
}

/** Makes the secrets at the first start; while there are no users, the log tells the code for the first admin. */
export async function openAccess(config: AccessConfig, { state, clock, log, events }: AccessDeps): Promise<Access> {
  const { operatorToken, bootTokenKey } = await openSecrets(config.dataDir)
  const sshKey = await openSshKey(config.dataDir)
  const signingKey = await openSigningKey(config.dataDir)
  const authority = await openAuthority(config.dataDir, clock)
  const { siteCertificate: siteFiles, httpsNames: names = () => ['localhost', '127.0.0.1'] } = config
  const certificates = new ServerCertificates({ authority, siteFiles, names, clock, log })
  const tokens = new BootTokens(bootTokenKey, clock)
  const syslog = config.syslog && new Syslog(config.syslog, { clock, log })
  const onEntry = (entry: AuditEntry) => {
    events.emit({ type: 'audit.recorded', entry })
    syslog?.send(entry)
  }
  const audit = await Audit.open(config.dataDir, { clock, log, onEntry })
  const people = await People.open({ state, clock, log, operatorToken })
  const exchanges = new BootExchanges(await state.collection<BootExchangeRecord>('boot-exchanges'), tokens, clock)
  const secrets = await ProfileSecrets.open({
    dataDir: config.dataDir,
    store: await state.collection<SecretRecord>('profile-secrets'),
    clock,
  })
  const credentials = new AgentCredentials(await state.collection<AgentCredentialRecord>('agent-credentials'), clock)
  return {
    tokens,
    exchanges,
    credentials,
    nodeCredentials: new NodeCredentials(await state.collection<NodeCredentialRecord>('node-credentials'), clock),
    sshKey,
    signingKey,
    certificates,
    secrets,
    diagnose: () => [...secrets.diagnose(), ...exchanges.diagnose(), ...(syslog?.diagnose() ?? [])],
    caBundle: () => authority.bundle(),
    audit,
    async close() {
      certificates.stop()
      await audit.close()
      syslog?.close()
    },
    callerOf: (shown) => people.callerOf(shown),
    openRoutes: async (app) => {
      await app.register(caFileRoutes, { authority })
    },
    sessionRoutes: async (app) => {
      await app.register(sessionRoutes, { tokens, credentials, takesIntroductions: config.takesIntroductions })
    },
    loginRoutes: async (app) => {
      await app.register(loginRoutes, { people })
    },
    operatorRoutes: async (app) => {
      await app.register(peopleRoutes, { people })
      await app.register(auditRoutes, { audit })
      await app.register(secretRoutes, { secrets })
      await app.register(credentialRoutes, { credentials })
      await app.register(keyRoutes, { signingKey })
      await app.register(caRoutes, { authority, certificates })
    },
  }
}
