// What people want to be told of at once, and by what. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedList } from './lists.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { Name } from './values.ts'

export const NoticeEvent = NamedUnion('NoticeEvent', [
  Type.Literal('job.failed'),
  Type.Literal('job.not-accepted'),
  Type.Literal('job.reclaimed'),
  Type.Literal('node.enrolled'),
  Type.Literal('node.drifted'),
  Type.Literal('node.doubtful'),
  Type.Literal('profile.refused'),
  /** These two are asked: the node waits until every hook that listens has agreed. */
  Type.Literal('node.entering-provisioning'),
  Type.Literal('node.leaving-provisioning'),
  Type.Literal('node.entered-provisioning'),
  Type.Literal('node.left-provisioning'),
  Type.Literal('node.held'),
  Type.Literal('node.hardware-told'),
  Type.Literal('store.damaged'),
  Type.Literal('store.nearly-full'),
  Type.Literal('audit.recorded'),
])
export type NoticeEvent = Static<typeof NoticeEvent>

const strict = { additionalProperties: false }
const Events = Type.Array(NoticeEvent, { minItems: 1, uniqueItems: true })
const MailAddress = Type.String({ pattern: '^[^\\s@<>]+@[^\\s@<>]+$', maxLength: 200 })

/** POST to url; with a secret the body is signed: X-Platen-Signature: sha256=<HMAC-SHA256 of the body in hex>. */
const WebhookHook = NamedObject(
  'WebhookHook',
  {
    kind: Type.Literal('webhook'),
    events: Events,
    url: Type.String({ pattern: '^https?://' }),
    secret: Type.Optional(Type.String({ minLength: 8 })),
  },
  strict,
)

/** By SMTP: a mail server of the site, on the same network, or one elsewhere with encryption and a log-in. */
const MailHook = NamedObject(
  'MailHook',
  {
    kind: Type.Literal('mail'),
    events: Events,
    host: Type.String(),
    /** Left out: 25; with starttls 587, with tls 465. */
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    /** starttls: refuses to send when the server does not offer it. Left out: none. */
    encryption: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('starttls'), Type.Literal('tls')])),
    /** Logs in, only with encryption. */
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    /** The certificate of the site's own authority (PEM), beside those that the system trusts. */
    trusts: Type.Optional(Type.String({ maxLength: 100_000, pattern: '^-----BEGIN CERTIFICATE-----' })),
    from: MailAddress,
    to: Type.Array(MailAddress, { minItems: 1 }),
    /** Whoever posted the job gets one, too, when its originator is an address. */
    toOriginator: Type.Optional(Type.Boolean()),
  },
  strict,
)

/** A program in <data folder>/hooks, by its name: the notice on its standard input as JSON, the event as PLATEN_EVENT. */
const ScriptHook = NamedObject('ScriptHook', { kind: Type.Literal('script'), events: Events, script: Name }, strict)

/** PUT /hooks/:name makes or replaces one; DELETE /hooks/:name removes it. */
export const Hook = NamedUnion('Hook', [WebhookHook, MailHook, ScriptHook])
export type Hook = Static<typeof Hook>

/** Secrets are not shown again. */
export const HookView = NamedObject('HookView', {
  name: Name,
  kind: Type.String(),
  events: Events,
  target: Type.String(),
  /** Notices that are still to be delivered, and why the last try failed. */
  waiting: Type.Integer(),
  lastFailure: Type.Optional(Type.String()),
})
export type HookView = Static<typeof HookView>
export const HookList = NamedList('HookList', 'hooks', HookView)

/** The body of a webhook, and what a script reads. */
export const Notice = NamedObject('Notice', {
  id: Type.String(),
  event: NoticeEvent,
  at: Type.String(),
  /** One line for people. */
  summary: Type.String(),
  /** The job, node or profile as the operator API shows it. */
  subject: Type.Unknown(),
})
export type Notice = Static<typeof Notice>
