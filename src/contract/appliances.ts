// An agent and several appliances: credentials, the list that is handed to agents, and where a node works now. Pure: schemas.
import { type Static, Type } from 'typebox'
import { NamedList } from './lists.ts'
import { NamedObject } from './named.ts'
import { Instant, Mac, Name } from './values.ts'

const strict = { additionalProperties: false }
/** http://10.77.0.1:8080, without a slash at the end. */
export const ApplianceUrl = Type.String({ pattern: '^https?://[^\\s/?#]+$', maxLength: 300 })
const Secret = Type.String({ minLength: 16, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' })

/**
 * POST /agent/v1/sessions: a machine that was not booted by this appliance asks for a token. It shows an agent credential as
 * `Authorization: Bearer …`; a directory also takes machines without one, which then wait for approval like any other.
 */
export const SessionRequest = NamedObject(
  'SessionRequest',
  {
    mac: Mac,
    /** Names this boot of the machine: another name means that it has booted since. */
    boot: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  },
  strict,
)
export type SessionRequest = Static<typeof SessionRequest>
export const SessionAnswer = NamedObject('SessionAnswer', { token: Type.String() })

/** One appliance that an agent may ask for jobs. */
export const ListedAppliance = NamedObject('ListedAppliance', {
  name: Type.String(),
  url: ApplianceUrl,
  /** Left out: a directory that takes agents without one. */
  credential: Type.Optional(Secret),
  /** It has a list of its own. */
  isDirectory: Type.Optional(Type.Boolean()),
})
export type ListedAppliance = Static<typeof ListedAppliance>

/** A job of another appliance, under way on a node. */
export const WorkElsewhere = NamedObject('WorkElsewhere', {
  applianceUrl: ApplianceUrl,
  /** The directory that handed it out. */
  viaUrl: Type.Optional(ApplianceUrl),
  jobId: Type.String({ maxLength: 100 }),
  /** The job sends the machine to its own disk: so does its next boot, and one that asks again sooner than this is still that one. */
  toDisk: Type.Optional(Type.Object({ notBackBeforeSeconds: Type.Integer({ minimum: 0 }) })),
})
export type WorkElsewhere = Static<typeof WorkElsewhere>

/** POST /agent/v1/elsewhere, to the appliance that booted the machine: until then its boots go to the boot OS. null: no longer. */
export const ElsewhereReport = NamedObject(
  'ElsewhereReport',
  { work: Type.Union([WorkElsewhere, Type.Null()]), forSeconds: Type.Integer({ minimum: 0, maximum: 86_400 }) },
  strict,
)

/** Where a claim that a directory forwarded was answered: the agent speaks to that appliance from now on. */
export const AssignedBy = NamedObject('AssignedBy', { applianceUrl: ApplianceUrl, token: Type.String() })

/** POST /agent-credentials */
export const NewAgentCredential = NamedObject('NewAgentCredential', { name: Name }, strict)
export const AgentCredentialView = NamedObject('AgentCredentialView', {
  name: Name,
  addedAt: Instant,
  lastUsedAt: Type.Optional(Instant),
})
export type AgentCredentialView = Static<typeof AgentCredentialView>
/** The secret is told this once. */
export const AddedAgentCredential = NamedObject('AddedAgentCredential', { ...AgentCredentialView.properties, secret: Secret })
export type AddedAgentCredential = Static<typeof AddedAgentCredential>
export const AgentCredentialList = NamedList('AgentCredentialList', 'credentials', AgentCredentialView)

/** PUT /appliances/:name makes or replaces an entry of the list; DELETE /appliances/:name removes it. */
export const ApplianceEntry = NamedObject(
  'ApplianceEntry',
  { url: ApplianceUrl, credential: Type.Optional(Secret), isDirectory: Type.Optional(Type.Boolean()) },
  strict,
)
export type ApplianceEntry = Static<typeof ApplianceEntry>

/** Credentials are not shown. */
export const ApplianceView = NamedObject('ApplianceView', {
  name: Name,
  url: ApplianceUrl,
  hasCredential: Type.Boolean(),
  isDirectory: Type.Boolean(),
  addedAt: Instant,
  /** unknown: nobody has looked yet. */
  health: Type.Union([Type.Literal('up'), Type.Literal('down'), Type.Literal('unknown')]),
  seenUpAt: Type.Optional(Instant),
  lastFailure: Type.Optional(Type.String()),
})
export type ApplianceView = Static<typeof ApplianceView>
export const ApplianceList = NamedList('ApplianceList', 'appliances', ApplianceView)

/** GET /nodes/:node/agent-config: what an agent of this node may be started with. Has the credentials in it. */
export const AgentConfigView = NamedObject('AgentConfigView', {
  id: Type.String(),
  /** How long a question for a job may take; one that may take longer than a poll is asked in several. */
  waitSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })),
  configTypes: Type.Array(Type.String()),
  /** In the order in which they are asked. */
  appliances: Type.Array(ListedAppliance),
})
export type AgentConfigView = Static<typeof AgentConfigView>
