// Several appliances behind the one client that the agent's loop and steps know. Touches the network through its links.
//
// They are asked one after the other, never two at a time: a claim that is answered is a job taken, so two that are under way at once
// could both be answered, and one of the two jobs would have to be given back. Each poll is short when there are several, so that the
// last of the turn does not wait long. From a job's claim to its end everything goes to the appliance that gave it, and nobody else is asked.
//
// Home is the appliance that booted the machine. It is told of a job of another one, so that it sends the machine back to the boot OS when
// it restarts in the middle, and told when that is over.
import type { Static, TSchema } from 'typebox'
import { type Assignment, type Claim, type Departure, type Hello, HelloAnswer } from '../contract/agent-api.ts'
import type { WorkElsewhere } from '../contract/appliances.ts'
import { AppError } from '../contract/errors.ts'
import type { Step } from '../contract/steps.ts'
import { ApplianceLink, REFUSED } from './appliance-link.ts'
import { KnownAppliances, type KnownAppliancesConfig, type KnownAppliancesDeps } from './known-appliances.ts'
import { JOB_NOT_OURS } from './lost-job.ts'
import type { OrchestratorClient } from './orchestrator-client.ts'
import { pollSeconds } from './poll-seconds.ts'
import { HomeReport } from './tell-home.ts'

export interface AppliancesConfig extends KnownAppliancesConfig {
  /** The longest that one question for a job may take. */
  readonly waitSeconds: number | undefined
}

/** So long an appliance whose job was under way is waited for, after this machine booted in the middle. */
const RETURN_MS = 180_000
const RETURN_PAUSE_MS = 5000
const OVER: readonly unknown[] = ['ended', 'stop', 'restart']
const HOME_HINT = 'Bring that appliance back, then post the job again, or let stepRetries repeat the step.'

/** A job of another appliance that is under way. */
interface Work {
  readonly told: WorkElsewhere
  readonly steps: readonly Step[]
}

export class Appliances implements OrchestratorClient {
  readonly #config: AppliancesConfig
  readonly #deps: KnownAppliancesDeps
  readonly #known: KnownAppliances
  readonly #home: ApplianceLink
  readonly #report: HomeReport
  #hello: Hello | undefined
  /** Whose job was claimed last: everything about it goes there. */
  #owner: ApplianceLink
  #work: Work | undefined
  /** What was under way when this machine booted. */
  #returning: WorkElsewhere | undefined
  #isFirstHello = true

  constructor(config: AppliancesConfig, deps: KnownAppliancesDeps) {
    this.#config = config
    this.#deps = deps
    this.#known = new KnownAppliances(config, deps)
    this.#home = config.home
    this.#report = new HomeReport(config.home, deps.link.nowMs)
    this.#owner = config.home
  }

  get applianceUrl(): string {
    return this.#owner.url
  }

  get authorization(): string {
    return this.#owner.client.authorization
  }

  download(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return this.#owner.client.download(path, signal)
  }

  exchange(path: string, type: string, parts: readonly Uint8Array[], signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return this.#owner.client.exchange(path, type, parts, signal)
  }

  async post<T extends TSchema>(path: string, body: unknown, answer: T, signal: AbortSignal): Promise<Static<T>> {
    if (path === '/hello') return (await this.#sayHello(body as Hello, signal)) as Static<T>
    if (path === '/claim') return (await this.#claim((body as Claim).waitSeconds, signal)) as Static<T>
    if (path === '/leave') return this.#leave(path, body, answer, signal)
    return this.#aboutTheJob(path, body, answer, signal)
  }

  async #sayHello(hello: Hello, signal: AbortSignal): Promise<HelloAnswer> {
    this.#hello = hello
    if (this.#work !== undefined) {
      const { client } = this.#owner
      return this.#whileWorking(() => client.post('/hello', hello, HelloAnswer, signal))
    }
    this.#owner = this.#home
    if (this.#known.others.length === 0) return this.#welcomed(await this.#home.greetPatiently(hello, signal))
    for (;;) {
      const answer = await this.#home.greet(hello, signal, true)
      if (answer !== undefined) return this.#welcomed(answer)
      // Home does not answer: whoever else does will do, and home is asked again in its turn.
      for (const other of this.#known.others) {
        const identity = await other.greet(hello, signal)
        if (identity !== undefined) return identity
      }
      await this.#deps.link.pause(Math.min(this.#home.restMs, RETURN_PAUSE_MS), signal)
      await this.#known.refresh(hello, signal)
    }
  }

  #welcomed(answer: HelloAnswer): HelloAnswer {
    if (!this.#isFirstHello) return answer
    this.#isFirstHello = false
    this.#returning = answer.elsewhere
    this.#report.believes(answer.elsewhere)
    return answer
  }

  async #claim(asked: number, signal: AbortSignal): Promise<Assignment | null> {
    const hello = this.#hello
    if (hello === undefined) throw new Error('the loop says hello before it claims')
    this.#work = undefined
    await this.#known.refresh(hello, signal)
    const back = await this.#backToWork(hello, signal)
    if (back !== undefined) return back
    await this.#report.tell(undefined, signal)
    const waitSeconds = Math.min(asked, this.#config.waitSeconds ?? asked)
    return this.#known.others.length === 0
      ? this.#acceptAny(this.#home, await this.#home.claimPatiently(waitSeconds, signal), signal)
      : this.#askInTurn(hello, this.#nowMs() + waitSeconds * 1000, signal)
  }

  async #askInTurn(hello: Hello, untilMs: number, signal: AbortSignal): Promise<Assignment | null> {
    for (let isFirstRound = true; ; isFirstRound = false) {
      const ready = this.#known.all.filter(({ restMs }) => restMs === 0)
      for (const link of ready) {
        const leftSeconds = (untilMs - this.#nowMs()) / 1000
        const seconds = pollSeconds({ leftSeconds, count: this.#known.all.length, isFirstRound })
        const assignment = await link.claim(seconds, hello, signal)
        if (assignment) return this.#accept(link, assignment, signal)
      }
      const leftMs = untilMs - this.#nowMs()
      if (leftMs <= 0) return null
      const restsMs = this.#known.all.map(({ restMs }) => restMs)
      if (ready.length === 0) await this.#deps.link.pause(Math.min(leftMs, ...restsMs), signal)
      await this.#known.refresh(hello, signal)
    }
  }

  /** The job that was under way when this machine booted comes first. */
  async #backToWork(hello: Hello, signal: AbortSignal): Promise<Assignment | undefined> {
    const work = this.#returning
    this.#returning = undefined
    const link = work && this.#known.all.find((one) => one.isAt(work.viaUrl ?? work.applianceUrl))
    if (link === undefined) return undefined
    this.#deps.link.log(`going back to job ${work?.jobId} of ${work?.applianceUrl}`)
    for (const untilMs = this.#nowMs() + RETURN_MS; this.#nowMs() < untilMs; ) {
      const assignment = await link.claim(0, hello, signal)
      if (assignment) return this.#accept(link, assignment, signal)
      if (assignment === null) return undefined
      await this.#deps.link.pause(Math.max(RETURN_PAUSE_MS, Math.min(link.restMs, untilMs - this.#nowMs())), signal)
    }
    return undefined
  }

  async #acceptAny(link: ApplianceLink, assignment: Assignment | null, signal: AbortSignal): Promise<Assignment | null> {
    return assignment === null ? null : this.#accept(link, assignment, signal)
  }

  async #accept(link: ApplianceLink, assignment: Assignment, signal: AbortSignal): Promise<Assignment> {
    const { at, jobId, steps } = assignment
    this.#owner =
      at === undefined ? link : this.#home.isAt(at.applianceUrl) ? this.#home : new ApplianceLink(handedOnBy(at), this.#deps.link)
    const { url } = this.#owner
    if (url !== this.#home.url) {
      const via = at === undefined ? {} : { viaUrl: link.url }
      this.#work = { told: { applianceUrl: url, ...via, jobId }, steps }
      this.#deps.link.log(`job ${jobId} is one of ${url}${at === undefined ? '' : `, handed on by ${link.url}`}`)
    }
    await this.#report.tell(this.#work?.told, signal)
    return assignment
  }

  /** Everybody who knows this machine hears that it goes to its disk; home, which answers its boots, has to agree. */
  async #leave<T extends TSchema>(path: string, body: unknown, answer: T, signal: AbortSignal): Promise<Static<T>> {
    await Promise.all(this.#known.others.map((other) => other.takeLeave(signal)))
    const reply = await this.#home.client.post(path, body, answer, signal)
    await this.#report.tellTheEnd(signal)
    return reply
  }

  /** Everything about a job, its data included, goes to its appliance; the answers tell when it is over. */
  async #aboutTheJob<T extends TSchema>(path: string, body: unknown, answer: T, signal: AbortSignal): Promise<Static<T>> {
    const { client } = this.#owner
    if (this.#work === undefined) return client.post(path, body, answer, signal)
    if (path.endsWith('/departure')) await this.#homeKnowsOfReboot(this.#work, body as Departure, signal)
    const reply = await this.#whileWorking(() => client.post(path, body, answer, signal))
    if (OVER.includes((reply as { readonly order?: unknown } | null)?.order)) {
      this.#work = undefined
      await this.#report.tell(undefined, signal)
    } else if (this.#work !== undefined) this.#report.remind(this.#work.told, signal)
    return reply
  }

  /** It answers the boots of this machine: it has to know before the machine goes down where the job sends it. */
  async #homeKnowsOfReboot({ told, steps }: Work, { step: index }: Departure, signal: AbortSignal): Promise<void> {
    const step = steps[index]
    if (step?.kind !== 'reboot' || step.how === 'kexec' || step.into === 'boot-os') return
    if (step.into === 'kernel') {
      const hint = 'Let the step start its kernel by kexec, or build this profile on machines that its own appliance boots.'
      const message = `this machine boots from ${this.#home.url}, which does not have the kernel of this profile`
      throw new AppError('JOB_REBOOT_REFUSED', message, hint)
    }
    const { notBackBeforeSeconds } = step
    if (await this.#report.tell({ ...told, toDisk: { notBackBeforeSeconds } }, signal)) return
    const message = `${this.#home.url} did not hear that this machine starts from its disk next`
    throw new AppError('AGENT_APPLIANCE_UNREACHABLE', message, HOME_HINT)
  }

  async #whileWorking<R>(speak: () => Promise<R>): Promise<R> {
    try {
      return await speak()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (JOB_NOT_OURS.includes(error.code)) this.#work = undefined
      if (!REFUSED.includes(error.code)) throw error
      // Its operator removed the credential in the middle: to the loop that is a job that was lost.
      this.#work = undefined
      const message = `${this.#owner.url} takes this machine no longer: ${error.message}`
      throw new AppError('JOB_LEASE_LOST', message, error.hint, { cause: error })
    }
  }

  #nowMs(): number {
    return this.#deps.link.nowMs()
  }
}

function handedOnBy({ applianceUrl: url, token }: NonNullable<Assignment['at']>) {
  return { url, name: url, isDirectory: false, token }
}
