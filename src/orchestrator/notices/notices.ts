// Delivers notices to hooks, and goes on trying over restarts: what is to be delivered is kept before anything is sent.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'
import type { Hook, HookView, Notice } from '../../contract/notices.ts'
import type { Events, Log, RecordStore } from '../../store/index.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import type { DeliverNotice } from './deliver.ts'
import { makeNotice, NOTICE_EVENTS } from './make-notice.ts'
import { isForOriginator, TO_ORIGINATOR } from './originator-mail.ts'

export type HookRecord = Hook & { readonly id: string }

export interface NoticeRecord {
  readonly id: string
  readonly hook: string
  readonly notice: Notice
  readonly tries: number
  readonly nextTryAt: number
  readonly lastFailure?: string
}

interface NoticesDeps {
  readonly hooks: RecordStore<HookRecord>
  readonly outbox: RecordStore<NoticeRecord>
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
  readonly deliver: DeliverNotice
  /** Tells whoever posted a job, where no hook does. Left out: no mail server is set up. */
  readonly mailOriginator?: ((notice: Notice) => Promise<void>) | undefined
}

const LOOK_MS = 1000
const FIRST_PAUSE_MS = 5000
/** Pauses double: the last try comes about a day after the first. */
const MAX_TRIES = 15

export class Notices {
  readonly #deps: NoticesDeps
  readonly #underWay = new Set<string>()
  #callOff: (() => void) | undefined

  constructor(deps: NoticesDeps) {
    this.#deps = deps
    deps.events.subscribe((event) => {
      const notice = makeNotice(event, randomUUID(), instantOf(deps.clock.now()))
      if (notice !== undefined) this.#keep(notice)
    }, NOTICE_EVENTS)
  }

  start(): void {
    this.#callOff = this.#deps.clock.after(LOOK_MS, () => {
      this.look()
      this.start()
    })
  }

  stop(): void {
    this.#callOff?.()
  }

  list(): readonly HookView[] {
    return [...this.#deps.hooks.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map((hook) => this.#view(hook))
  }

  async set(name: string, hook: Hook): Promise<HookView> {
    refuseOpenPassword(hook)
    const record = { ...hook, id: name }
    await this.#deps.hooks.put(record)
    return this.#view(record)
  }

  /** What it still had to deliver is dropped. */
  async remove(name: string): Promise<void> {
    const { hooks, outbox } = this.#deps
    if (hooks.get(name) === undefined)
      throw new AppError('HOOK_NOT_FOUND', `there is no hook ${name}`, 'List them with GET /api/v1/hooks.')
    await hooks.remove(name)
    await Promise.all([...outbox.values()].filter((each) => each.hook === name).map(({ id }) => outbox.remove(id)))
  }

  /** Begins every delivery that is due. */
  look(): void {
    const now = this.#deps.clock.now()
    for (const record of this.#deps.outbox.values()) {
      if (record.nextTryAt > now || this.#underWay.has(record.id)) continue
      this.#underWay.add(record.id)
      void this.#deliver(record).finally(() => this.#underWay.delete(record.id))
    }
  }

  #keep(notice: Notice): void {
    const { hooks, outbox, clock, log } = this.#deps
    const ids = [...hooks.values()].filter(({ events }) => events.includes(notice.event)).map(({ id }) => id)
    const byMail = this.#deps.mailOriginator !== undefined && isForOriginator(notice, hooks.values())
    for (const hook of byMail ? [...ids, TO_ORIGINATOR] : ids) {
      const record = { id: `${notice.id}.${hook}`, hook, notice, tries: 0, nextTryAt: clock.now() }
      outbox.put(record).then(
        () => this.look(),
        (error: unknown) => log.error({ err: error, hook }, 'a notice could not be kept'),
      )
    }
  }

  async #deliver(record: NoticeRecord): Promise<void> {
    const { hooks, outbox, log, clock, deliver, mailOriginator } = this.#deps
    const hook = hooks.get(record.hook)
    try {
      if (record.hook === TO_ORIGINATOR) await mailOriginator?.(record.notice)
      else if (hook !== undefined) await deliver(hook, record.notice)
      await outbox.remove(record.id)
    } catch (error) {
      const lastFailure = error instanceof Error ? error.message : String(error)
      const tries = record.tries + 1
      log.warn({ hook: record.hook, event: record.notice.event, tries, reason: lastFailure }, 'a notice was not delivered')
      const nextTryAt = clock.now() + FIRST_PAUSE_MS * 2 ** record.tries
      const settled = tries >= MAX_TRIES ? outbox.remove(record.id) : outbox.put({ ...record, tries, nextTryAt, lastFailure })
      await settled.catch(() => undefined)
    }
  }

  #view(hook: HookRecord): HookView {
    const waiting = [...this.#deps.outbox.values()].filter((each) => each.hook === hook.id)
    const lastFailure = waiting.findLast((each) => each.lastFailure !== undefined)?.lastFailure
    return {
      name: hook.id,
      kind: hook.kind,
      events: hook.events,
      target: targetOf(hook),
      waiting: waiting.length,
      ...(lastFailure === undefined ? {} : { lastFailure }),
    }
  }
}

function refuseOpenPassword(hook: Hook): void {
  if (hook.kind !== 'mail' || hook.user === undefined || (hook.encryption ?? 'none') !== 'none') return
  const hint = 'Say "encryption": "starttls" (port 587) or "tls" (port 465), or leave out user and password.'
  throw new AppError('REQUEST_INVALID', `the password of ${hook.user} would travel to ${hook.host} without encryption`, hint)
}

function targetOf(hook: Hook): string {
  switch (hook.kind) {
    case 'webhook':
      return hook.url
    case 'mail':
      return hook.to.join(', ')
    case 'script':
      return hook.script
  }
}
