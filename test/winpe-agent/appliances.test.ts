// Agents, appliances and directories over real HTTP on loopback: who is asked, who is worked for, and what home is told of it.
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Step } from '../../src/contract/steps.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import type { StepContext } from '../../src/winpe-agent/performer.ts'
import { rebootPerformer } from '../../src/winpe-agent/steps/reboot.ts'
import { LoopbackAgent } from '../fakes/loopback-agent.ts'
import { LoopbackAppliance } from '../fakes/loopback-appliance.ts'

const open: AsyncDisposable[] = []
const kept = <T extends AsyncDisposable>(one: T): T => {
  open.push(one)
  return one
}
afterEach(async () => {
  vi.useRealTimers()
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

const until = <T>(look: () => T | Promise<T>) => vi.waitFor(look, { timeout: 20_000, interval: 20 })
const isState = (appliance: LoopbackAppliance, id: string, state: string) =>
  until(async () => expect(await appliance.job(id)).toMatchObject({ state }))

/** a boots machines; b takes agents by a credential that a hands out. Both approve whoever comes. */
async function two(): Promise<{ a: LoopbackAppliance; b: LoopbackAppliance }> {
  const a = kept(await LoopbackAppliance.start())
  const b = kept(await LoopbackAppliance.start())
  await a.approveAll()
  await b.approveAll()
  await a.lists('b', b, { credential: await b.credential('from-a') })
  return { a, b }
}

/** Steps wait here until the test lets them go. */
function gate() {
  let release = () => {}
  const open = new Promise<void>((resolve) => {
    release = resolve
  })
  return { open, release }
}

describe('an agent of two appliances', () => {
  it('works for the one that has a job, tells that one everything, and home only that it is busy', async () => {
    const { a, b } = await two()
    const job = await b.post()
    const { open: go, release } = gate()
    const agent = kept(
      new LoopbackAgent({
        n: 1,
        home: a,
        async perform({ kind }, { log, client, profile, signal }) {
          log(`this is ${kind}`)
          if (kind !== 'setup') return
          const file = await client.download(`/profiles/tiny/${profile?.revision}/files/root.tar`, signal)
          await new Response(file).text()
          const query = [Buffer.from('{"digests":[]}')]
          for await (const part of await client.exchange('/chunks/missing', 'application/json', query, signal)) log(String(part))
          await go
        },
      }),
    )
    await until(async () => expect((await b.job(job.id)).status.majorState).toBe('setup'))
    expect(a.boot(1).kind).toBe('boot-os')
    expect((await a.nodes())[0]?.elsewhere).toMatchObject({ applianceUrl: b.url, jobId: job.id })
    const own = await a.post()
    const claimsBefore = a.asked.filter((line) => line.endsWith('/claim')).length
    release()
    await isState(b, job.id, 'succeeded')
    expect(a.asked.filter((line) => line.endsWith('/claim')).length - claimsBefore).toBeLessThanOrEqual(1)
    await isState(a, own.id, 'succeeded')
    expect(await agent.ended).toBe('restart')
    for (const one of [a, b]) expect(one.asked.filter((line) => line.endsWith('/leave'))).toHaveLength(1)
    expect((await a.nodes())[0]?.elsewhere).toBeUndefined()
    expect(a.boot(1).kind).toBe('local-disk')
    expect(await b.operator<{ lines: string[] }>('GET', `/jobs/${job.id}/log`)).toMatchObject({
      lines: expect.arrayContaining([expect.stringContaining('this is capture')]),
    })
    const isOfTheJob = (line: string) => /\/(files|chunks)\//.test(line) || line.includes(job.id)
    expect(a.asked.filter((line) => line.includes(job.id))).toEqual([])
    expect(b.asked.filter(isOfTheJob)).toEqual(
      expect.arrayContaining([expect.stringContaining('/files/root.tar'), 'POST /agent/v1/chunks/missing']),
    )
  })

  it('goes back to the job that was under way when its machine restarted, though home has one by now', async () => {
    const { a, b } = await two()
    const job = await b.post()
    const first = new LoopbackAgent({
      n: 1,
      home: a,
      perform: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    await until(async () => expect((await a.nodes())[0]?.elsewhere).toBeDefined())
    const own = await a.post()
    await first[Symbol.asyncDispose]()
    const order: string[] = []
    const second = kept(new LoopbackAgent({ n: 1, home: a, perform: async (_, { jobId }) => void order.push(jobId) }))
    await second.ended
    expect([...new Set(order)]).toEqual([job.id, own.id])
    expect(second.lines.join('\n')).toContain(`going back to job ${job.id}`)
    expect((await b.job(job.id)).attempt).toBe(1)
  })

  it('has home send its machine to the disk when the job does, and refuses a kernel that home does not have', async () => {
    const { a, b } = await two()
    const job = await b.post({ profile: 'installer', maxAttempts: 1 })
    const ends: (string | undefined)[] = []
    const performer = rebootPerformer({ keepNetworkFirst: async () => undefined } as unknown as Machine)
    const perform = (step: Step, context: StepContext) =>
      step.kind === 'reboot' ? performer(step, context) : Promise.resolve({ transfer: {} })
    ends.push(await kept(new LoopbackAgent({ n: 1, home: a, perform })).ended)
    expect(a.boot(1).kind).toBe('local-disk')
    expect((await b.job(job.id)).status.majorState).toBe('reboot')
    // What asks again at once is still the boot that was sent to the disk; the disk has no such haste.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 300_000 })
    const { kind, token } = a.boot(1)
    expect(kind).toBe('boot-os')
    kept(new LoopbackAgent({ n: 1, home: a, token, perform }))
    await isState(b, job.id, 'failed')
    vi.useRealTimers()
    expect(ends).toEqual(['restart'])
    expect((await b.job(job.id)).failure).toMatchObject({ code: 'JOB_REBOOT_REFUSED' })
  })

  it('is not kept from one by another that is down, and asks that one again when it is back', async () => {
    const { a, b } = await two()
    await b.down()
    const own = await a.post({ whenDone: 'stay' })
    const agent = kept(new LoopbackAgent({ n: 1, home: a, perform: async () => {} }))
    await isState(a, own.id, 'succeeded')
    await until(() => expect(agent.lines.join('\n')).toContain(`appliance ${b.url} cannot be asked`))
    await b.up()
    const job = await b.post()
    await isState(b, job.id, 'succeeded')
  })

  it('is not kept from one by its home, when that is down', async () => {
    const { a, b } = await two()
    const first = await b.post({ whenDone: 'stay' })
    kept(new LoopbackAgent({ n: 1, home: a, perform: async () => {} }))
    await isState(b, first.id, 'succeeded')
    await a.down()
    const second = await b.post({ whenDone: 'stay' })
    await isState(b, second.id, 'succeeded')
    await a.up()
    const own = await a.post({ whenDone: 'stay' })
    await isState(a, own.id, 'succeeded')
  })

  it('drops the job of an appliance that takes its credential away in the middle', async () => {
    const { a, b } = await two()
    const job = await b.post()
    let stopped = false
    const agent = kept(
      new LoopbackAgent({
        n: 1,
        home: a,
        perform: (_, { signal }) =>
          new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => {
              stopped = true
              reject(signal.reason)
            }),
          ),
      }),
    )
    await isState(b, job.id, 'running')
    await b.operator('DELETE', '/agent-credentials/from-a')
    await until(() => expect(stopped).toBe(true))
    await until(async () => expect((await a.nodes())[0]?.elsewhere).toBeUndefined())
    expect(agent.lines.join('\n')).toContain('takes this machine no longer')
  })

  it('never has two jobs, and no job has two agents, when many ask at once', async () => {
    const { a, b } = await two()
    const jobs = await Promise.all(Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? a : b).post({ whenDone: 'stay' })))
    const busy = new Map<number, string>()
    const done: string[] = []
    for (let n = 1; n <= 8; n++) {
      const perform = async (step: { kind: string }, { jobId }: { jobId: string }) => {
        const other = busy.get(n)
        expect(other === undefined || other === jobId, `machine ${n} has ${other} and ${jobId}`).toBe(true)
        busy.set(n, jobId)
        if (step.kind !== 'capture') return
        busy.delete(n)
        done.push(jobId)
      }
      kept(new LoopbackAgent({ n, home: a, perform }))
    }
    await until(() => expect(done).toHaveLength(jobs.length))
    expect(done.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted())
  })
})

describe('a directory', () => {
  it('takes a machine that found it, and tells it of the others once somebody approved it', async () => {
    const a = kept(await LoopbackAppliance.start())
    const b = kept(await LoopbackAppliance.start())
    const directory = kept(await LoopbackAppliance.start({ directoryMode: 'list' }))
    await a.approveAll()
    await b.approveAll()
    await directory.lists('b', b, { credential: await b.credential('from-the-directory') })
    const job = await b.post()
    kept(new LoopbackAgent({ n: 1, home: a, directories: () => [directory.url], perform: async () => {} }))
    await until(async () => expect((await directory.nodes())[0]?.state).toBe('discovered'))
    expect(b.asked.filter((line) => line.includes('/agent/'))).toEqual([])
    await directory.approveAll()
    kept(new LoopbackAgent({ n: 1, home: a, directories: () => [directory.url], perform: async () => {} }))
    await isState(b, job.id, 'succeeded')
    await until(async () => {
      const [seen] = (await directory.operator<{ appliances: object[] }>('GET', '/appliances')).appliances
      expect(seen).toMatchObject({ name: 'b', hasCredential: true, health: 'up' })
    })
  })

  it('is one of several, each of which tells of other appliances', async () => {
    const a = kept(await LoopbackAppliance.start())
    const directories = [
      kept(await LoopbackAppliance.start({ directoryMode: 'list' })),
      kept(await LoopbackAppliance.start({ directoryMode: 'list' })),
    ]
    const builders = [kept(await LoopbackAppliance.start()), kept(await LoopbackAppliance.start())]
    for (const one of [a, ...directories, ...builders]) await one.approveAll()
    const jobs: string[] = []
    for (const [index, builder] of builders.entries()) {
      await directories[index]!.lists('builder', builder, { credential: await builder.credential('from-the-directory') })
      jobs.push((await builder.post({ whenDone: 'stay' })).id)
    }
    kept(new LoopbackAgent({ n: 1, home: a, directories: () => directories.map(({ url }) => url), perform: async () => {} }))
    for (const [index, builder] of builders.entries()) await isState(builder, jobs[index]!, 'succeeded')
  })

  it('hands on jobs without telling credentials, also after a restart in the middle', async () => {
    const a = kept(await LoopbackAppliance.start())
    const b = kept(await LoopbackAppliance.start())
    const directory = kept(await LoopbackAppliance.start({ directoryMode: 'jobs' }))
    for (const one of [a, b, directory]) await one.approveAll()
    await directory.lists('b', b, { credential: await b.credential('from-the-directory') })
    const job = await b.post()
    const directories = () => [directory.url]
    const first = new LoopbackAgent({
      n: 1,
      home: a,
      directories,
      perform: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    await until(async () => expect((await a.nodes())[0]?.elsewhere).toMatchObject({ applianceUrl: b.url, viaUrl: directory.url }))
    await first[Symbol.asyncDispose]()
    const second = kept(new LoopbackAgent({ n: 1, home: a, directories, perform: async () => {} }))
    await second.ended
    expect(await b.job(job.id)).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect(b.asked.filter((line) => line.endsWith('/reports'))).not.toEqual([])
  })
})
