// Who is told of what: kept before it is sent, sent again until it arrives, over restarts too.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Hook, Notice } from '../../../src/contract/notices.ts'
import { type HookRecord, type NoticeRecord, Notices } from '../../../src/orchestrator/notices/notices.ts'
import { type MailServer, originatorMail } from '../../../src/orchestrator/notices/originator-mail.ts'
import { Events } from '../../../src/store/events.ts'
import { MemoryStore } from '../../../src/store/memory-store.ts'
import { FIXED_JOB } from '../../fakes/fixed-job.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'
import { SilentLog } from '../../fakes/silent-log.ts'
import { StateFolder } from '../../fakes/state-folder.ts'
import { TestClock } from '../../fakes/test-clock.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

class Rig {
  readonly hooks = new MemoryStore<HookRecord>()
  readonly outbox = new MemoryStore<NoticeRecord>()
  readonly events = new Events()
  readonly clock = new TestClock()
  readonly delivered: { hook: Hook; notice: Notice }[] = []
  failures = 0
  readonly mail: MailServer
  notices: Notices

  constructor(mail: MailServer = {}) {
    this.mail = mail
    this.notices = this.open()
  }

  /** Another one on the same state: what a restart is. */
  open(): Notices {
    const { hooks, outbox, events, clock } = this
    const deliver = async (hook: Hook, notice: Notice): Promise<void> => {
      if (this.failures-- > 0) throw new Error('nobody there')
      this.delivered.push({ hook, notice })
    }
    const mailOriginator = originatorMail(this.mail, deliver)
    return new Notices({ hooks, outbox, events, clock, log: new SilentLog(), deliver, mailOriginator })
  }

  async fail(): Promise<void> {
    this.events.emit({ type: 'job.failed', job: FIXED_JOB })
    await settled()
  }
}

const WEBHOOK: Hook = { kind: 'webhook', events: ['job.failed'], url: 'http://hooks.invalid/x', secret: 'very-secret' }

describe('Notices', () => {
  it('tells each hook of what it asked for, once', async () => {
    const rig = new Rig()
    await rig.notices.set('chat', WEBHOOK)
    await rig.notices.set('other', { ...WEBHOOK, events: ['node.enrolled'] })
    await rig.fail()
    rig.notices.look()
    await settled()
    expect(rig.delivered).toHaveLength(1)
    expect(rig.delivered[0]?.notice).toMatchObject({
      event: 'job.failed',
      summary: expect.stringContaining('the disk is too small'),
    })
  })

  it('tries again later and later, and tells why it waits', async () => {
    const rig = new Rig()
    await rig.notices.set('chat', WEBHOOK)
    rig.failures = 2
    await rig.fail()
    expect(rig.notices.list()).toMatchObject([{ name: 'chat', waiting: 1, lastFailure: 'nobody there' }])
    rig.notices.look()
    await settled()
    expect(rig.failures).toBe(1)
    rig.clock.advance(5000)
    rig.notices.look()
    await settled()
    expect(rig.delivered).toHaveLength(0)
    rig.clock.advance(10_000)
    rig.notices.look()
    await settled()
    expect(rig.delivered).toHaveLength(1)
    expect(rig.notices.list()).toMatchObject([{ waiting: 0 }])
  })

  it('goes on after a restart', async () => {
    const rig = new Rig()
    await rig.notices.set('chat', WEBHOOK)
    rig.failures = 1
    await rig.fail()
    const next = rig.open()
    rig.clock.advance(5000)
    next.look()
    await settled()
    expect(rig.delivered).toHaveLength(1)
  })

  it('gives up in the end', async () => {
    const rig = new Rig()
    await rig.notices.set('chat', WEBHOOK)
    rig.failures = 100
    await rig.fail()
    for (let day = 0; day < 20; day++) {
      rig.clock.advance(86_400_000)
      rig.notices.look()
      await settled()
    }
    expect(rig.failures).toBe(85)
    expect(rig.outbox.size).toBe(0)
  })
})

describe('over the HTTP API', () => {
  it('hooks are set, shown without their secret, kept, removed', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.operator('PUT', '/hooks/chat', WEBHOOK)
    await scene.killAndBegin()
    const shown = await scene.operator('GET', '/hooks')
    expect(shown.body).toEqual({
      hooks: [{ name: 'chat', kind: 'webhook', events: ['job.failed'], target: WEBHOOK.url, waiting: 0 }],
    })
    expect((await scene.operator('DELETE', '/hooks/chat')).status).toBe(204)
    expect(await scene.operator('DELETE', '/hooks/chat')).toMatchObject({ status: 404, body: { code: 'HOOK_NOT_FOUND' } })
    const wrong = await scene.operator('PUT', '/hooks/chat', { kind: 'script', events: ['job.failed'], script: '../../bin/sh' })
    expect(wrong).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } })
  })
})

describe('whoever posted a job that nobody takes', () => {
  const SERVER = { host: 'mail.site.example', from: 'platen@site.example' }
  const to = (delivered: Rig['delivered']) => delivered.map(({ hook }) => (hook.kind === 'mail' ? hook.to : [hook.kind]))
  const MAIL = { kind: 'mail' as const, host: 'x', from: 'a@b.example', to: ['ops@b.example'] }

  async function late(rig: Rig, originator: string | undefined, type: 'job.not-accepted' | 'job.failed' = 'job.not-accepted') {
    const { originator: _none, ...request } = FIXED_JOB.request
    const job = { ...FIXED_JOB, request: { ...request, ...(originator === undefined ? {} : { originator }) } }
    rig.events.emit({ type, job })
    await settled()
    rig.notices.look()
    await settled()
    return to(rig.delivered)
  }

  it.each<{
    name: string
    mail?: MailServer
    originator?: string
    hook?: Hook
    type?: 'job.failed'
    want: readonly (readonly string[])[]
  }>([
    { name: 'is told by the mail server of the settings', originator: 'me@b.example', want: [['me@b.example']] },
    { name: 'is not told without a mail server', mail: {}, originator: 'me@b.example', want: [] },
    { name: 'is not told when nobody is named', want: [] },
    { name: 'is not told when the name is no address', originator: 'the builders', want: [] },
    {
      name: 'is told once when a hook tells it',
      originator: 'me@b.example',
      hook: { ...MAIL, events: ['job.not-accepted'], toOriginator: true },
      want: [['ops@b.example']],
    },
    {
      name: 'is told beside a hook for others',
      originator: 'me@b.example',
      hook: { ...MAIL, events: ['job.not-accepted'] },
      want: [['ops@b.example'], ['me@b.example']],
    },
    { name: 'is not told of a failure: that is for hooks', originator: 'me@b.example', type: 'job.failed', want: [] },
  ])('$name', async ({ mail = SERVER, originator, hook, type, want }) => {
    const rig = new Rig(mail)
    if (hook !== undefined) await rig.notices.set('ops', hook)
    expect(await late(rig, originator, type)).toEqual(want)
  })

  it('is told after a restart, and by the password that the file has then', async () => {
    using folder = new StateFolder()
    const passwordFile = join(folder.path, 'password')
    const rig = new Rig({ ...SERVER, user: 'platen', passwordFile, encryption: 'tls' })
    expect(await late(rig, 'me@b.example')).toEqual([])
    await expect.poll(() => [...rig.outbox.values()].map(({ tries }) => tries)).toEqual([1])
    writeFileSync(passwordFile, 'secret\n')
    rig.notices = rig.open()
    rig.clock.advance(10_000)
    rig.notices.look()
    await expect
      .poll(() => rig.delivered.map(({ hook }) => hook))
      .toMatchObject([{ host: SERVER.host, user: 'platen', password: 'secret', encryption: 'tls' }])
  })
})
