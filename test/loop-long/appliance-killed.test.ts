// Machines with the real agent at work while the appliance, a real process, is killed again and again: every job is done once, by one
// machine at a time, and nothing that was acknowledged is lost.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import { runAgent } from '../../src/winpe-agent/agent-loop.ts'
import { createHttpClient } from '../../src/winpe-agent/http-client.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import type { Performer, StepContext } from '../../src/winpe-agent/performer.ts'
import type { Performers } from '../../src/winpe-agent/performers.ts'
import { rebootPerformer } from '../../src/winpe-agent/steps/reboot.ts'
import { ApplianceProgram } from '../fakes/appliance-program.ts'
import { inventoryOf, macOf } from '../fakes/inventories.ts'

const MACHINES = 4
const JOBS = 12
const KILLS = 8
const LIMIT_MS = 240_000
const STEPS = ['format', 'setup', 'reboot', 'activate', 'capture']
const PROFILE = `name: stages
architecture: x64
format: { partitions: [{ name: root, type: linux, filesystem: ext4, mount: / }] }
steps:
  - setup: { actions: [{ script: work.sh }] }
  - reboot: { into: boot-os, waitSeconds: 120 }
  - activate: { actions: [{ script: work.sh }] }
capture: { image: stages }
`

interface Work {
  readonly jobId: string
  readonly machine: number
  readonly kind: string
  readonly from: number
  to: number
}

it('every job is done once, whenever the appliance is killed', { timeout: LIMIT_MS + 60_000 }, async () => {
  await using site = await Site.open()
  const over = new AbortController()
  const works: Work[] = []
  const machines = Array.from({ length: MACHINES }, (_, index) => liveAs(index + 1, site, works, over.signal))
  try {
    const operator = createApiClient({ url: site.appliance.url, tokenFile: site.appliance.tokenFile, signal: over.signal })
    await approved(operator)
    const posted: string[] = []
    for (let count = 0; count < JOBS; count++) posted.push((await operator.addJob({ kind: 'build', profile: 'stages' })).id)
    for (let kills = 0; kills < KILLS; kills++) {
      await delay(200 + Math.random() * 1500)
      await site.appliance.kill()
      await delay(Math.random() * 400)
      await site.appliance.restart()
    }
    const ended = async () => (await operator.jobs()).filter(({ status }) => status.completedAt !== undefined)
    for (const deadline = Date.now() + LIMIT_MS; (await ended()).length < JOBS && Date.now() < deadline; ) await delay(250)

    const jobs = await operator.jobs()
    expect(jobs.map(({ id }) => id).toSorted()).toEqual(posted.toSorted())
    for (const { id, state, results, attempt, failure } of jobs) {
      expect({ id, state, attempt, failure }).toEqual({ id, state: 'succeeded', attempt: 1, failure: undefined })
      expect(results.map(({ kind }) => kind)).toEqual(STEPS)
      const log = (await operator.jobLog(id, 0)).lines.join('\n')
      for (const kind of STEPS.filter((step) => step !== 'reboot'))
        for (const part of [0, 1, 2]) expect(log).toContain(`[1] ${kind}, part ${part}`)
      const own = works.filter(({ jobId }) => jobId === id)
      expect(new Set(own.map(({ machine }) => machine)).size, `one machine for job ${id}`).toBe(1)
      const order = own.toSorted((a, b) => a.from - b.from)
      for (const [index, work] of order.entries())
        if (index > 0) expect(work.from, 'one step at a time').toBeGreaterThanOrEqual(order[index - 1]!.to)
    }
  } finally {
    over.abort(new Error('the test is over'))
    await Promise.allSettled(machines)
  }
})

async function approved(operator: ReturnType<typeof createApiClient>): Promise<void> {
  for (const names = new Set<string>(); names.size < MACHINES; await delay(100)) {
    for (const { name, state } of await operator.nodes()) {
      if (state === 'discovered') await operator.approveNode(name, {})
      names.add(name)
    }
  }
}

/** Starts over the network again and again, as a machine does, until the test is over. */
async function liveAs(number: number, site: Site, works: Work[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const script = await fetch(`${site.appliance.url}/boot/${macOf(number)}.ipxe?platform=pcbios&arch=i386`)
      .then((response) => response.text())
      .catch(() => '')
    const token = /platen\.token=(\S+)/.exec(script)?.[1]
    if (token !== undefined) await boot(number, token, site, works, signal).catch(() => undefined)
    await delay(100, undefined, { signal }).catch(() => undefined)
  }
}

function boot(number: number, token: string, site: Site, works: Work[], signal: AbortSignal): Promise<string> {
  const machine = {
    inventory: async () => inventoryOf(number),
    keepNetworkFirst: async () => undefined,
    startFromDiskNext: async () => undefined,
  } as unknown as Machine
  const work =
    (kind: string): Performer<'setup'> =>
    async (_step, { jobId, log, signal: stop }: StepContext) => {
      const one: Work = { jobId, machine: number, kind, from: performance.now(), to: Number.POSITIVE_INFINITY }
      works.push(one)
      try {
        for (let part = 0; part < 3; part++) {
          log(`${kind}, part ${part}`)
          await delay(60, undefined, { signal: stop })
        }
      } finally {
        one.to = performance.now()
      }
      return { transfer: {} }
    }
  const kinds = ['format', 'setup', 'activate', 'capture'].map((kind) => [kind, work(kind)])
  const performers = { ...Object.fromEntries(kinds), reboot: rebootPerformer(machine) } as Performers
  const pause = (ms: number, pauseSignal: AbortSignal) => delay(Math.min(ms, 200), undefined, { signal: pauseSignal })
  const silent = () => undefined
  let hasReturned = false
  const onReturn = () => {
    hasReturned = true
  }
  return runAgent(
    {
      client: createHttpClient({ applianceUrl: site.appliance.url, token }, { pause, log: silent, onReturn }),
      machine,
      performers,
      status: { update: silent },
      agentVersion: 'test',
      bootMac: macOf(number),
      configTypes: [],
      features: [],
      restartsWhenIdle: false,
      findRecords: async () => ({ records: [] }),
      takeReturned: () => {
        const value = hasReturned
        hasReturned = false
        return value
      },
      pause,
      nowMs: () => performance.now(),
      print: silent,
    },
    signal,
  )
}

/** An appliance in a folder of its own. */
class Site implements AsyncDisposable {
  readonly appliance: ApplianceProgram
  readonly #folder: string

  private constructor(folder: string, appliance: ApplianceProgram) {
    this.#folder = folder
    this.appliance = appliance
  }

  static async open(): Promise<Site> {
    const folder = mkdtempSync(join(tmpdir(), 'platen-killed-'))
    const profile = join(folder, 'profiles', 'stages')
    mkdirSync(profile, { recursive: true })
    writeFileSync(join(profile, 'profile.yaml'), PROFILE)
    writeFileSync(join(profile, 'work.sh'), '#!/bin/sh\n')
    return new Site(folder, await ApplianceProgram.start(folder, ['--agent-heartbeat-seconds', '2'], { bootsMachines: true }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.appliance.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
