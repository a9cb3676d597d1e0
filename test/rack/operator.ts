// What a person at the appliance does: the command line for what they order, the operator API for what they watch.

import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { OperatorApi } from '../../src/cli/api.ts'
import { createApiClient } from '../../src/cli/api-client.ts'
import type { JobView } from '../../src/contract/job.ts'
import type { NodeView } from '../../src/contract/operator-api.ts'
import type { ApplianceProcess } from './appliance-process.ts'
import { run } from './owned-process.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/platen')
const POLL_MS = 500

export class Operator {
  readonly api: OperatorApi
  readonly #connection: readonly string[]

  constructor(appliance: ApplianceProcess) {
    const { url, tokenFile } = appliance
    this.api = createApiClient({ url, tokenFile, signal: new AbortController().signal })
    this.#connection = ['--url', url, '--token-file', tokenFile]
  }

  /** Runs one command of the command line and gives back what it printed as JSON. */
  async order(...words: string[]): Promise<unknown> {
    return JSON.parse(await run(PROGRAM, [...words, '--json', ...this.#connection]))
  }

  async addJob(...words: string[]): Promise<JobView> {
    return (await this.order('job', 'add', ...words)) as JobView
  }

  /** The node that has this network card, as soon as it is known. */
  async nodeWith(mac: string, timeoutMs: number): Promise<NodeView> {
    return this.#until(`a node with the card ${mac} is known`, timeoutMs, async () =>
      (await this.api.nodes()).find(({ inventory }) => inventory.nics.some((nic) => nic.mac === mac)),
    )
  }

  /** Returns when the job has succeeded; fails with its log when it ended otherwise. */
  async succeeded(jobId: string, timeoutMs: number, onProgress: (job: JobView) => void = () => {}): Promise<JobView> {
    const job = await this.ended(jobId, timeoutMs, onProgress)
    if (job.state === 'succeeded') return job
    const { lines } = await this.api.jobLog(jobId, 0)
    const failure = job.failure === undefined ? '' : `${job.failure.code}: ${job.failure.message}\n`
    throw new Error(`job ${job.request.kind} ended ${job.state}. ${failure}Its log ends:\n${lines.slice(-25).join('\n')}`)
  }

  /** Returns when the job is at the point that is asked for; fails when it ended before. */
  async reaches(jobId: string, isThere: (job: JobView) => boolean, timeoutMs: number): Promise<void> {
    await this.#until(`job ${jobId} is where it should be`, timeoutMs, async () => {
      const job = await this.api.job(jobId)
      if (job.state !== 'queued' && job.state !== 'running') throw new Error(`job ${jobId} ended ${job.state} too early`)
      return isThere(job) || undefined
    })
  }

  async ended(jobId: string, timeoutMs: number, onProgress: (job: JobView) => void = () => {}): Promise<JobView> {
    return this.#until(`job ${jobId} has ended`, timeoutMs, async () => {
      const job = await this.api.job(jobId)
      onProgress(job)
      return job.state === 'queued' || job.state === 'running' ? undefined : job
    })
  }

  /** The revision of a profile that is in force, once it is another than `old`. */
  async newRevision(profile: string, old: string | undefined, timeoutMs: number): Promise<string> {
    return this.#until(`profile ${profile} is taken up`, timeoutMs, async () => {
      const found = (await this.api.profiles()).find(({ name }) => name === profile)
      if (found !== undefined && found.problems.length > 0)
        throw new Error(`profile ${profile}: ${JSON.stringify(found.problems)}`)
      return found?.revision === old ? undefined : found?.revision
    })
  }

  async #until<T>(what: string, timeoutMs: number, look: () => Promise<T | undefined>): Promise<T> {
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; ) {
      const found = await look()
      if (found !== undefined) return found
      await delay(POLL_MS)
    }
    throw new Error(`after ${timeoutMs / 1000} s it is still not true that ${what}`)
  }
}
