// The agent's real loop and client, for machine n, with steps that a test carries out itself. Nothing of the machine is touched.
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdCompressSync } from 'node:zlib'
import type { ListedAppliance } from '../../src/contract/appliances.ts'
import type { Step } from '../../src/contract/steps.ts'
import { encodeManifest } from '../../src/imaging/manifest-codec.ts'
import { type AgentEnd, runAgent } from '../../src/winpe-agent/agent-loop.ts'
import { ApplianceLink } from '../../src/winpe-agent/appliance-link.ts'
import { Appliances } from '../../src/winpe-agent/appliances.ts'
import { createChunkClient } from '../../src/winpe-agent/imaging/chunk-client.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import type { StepContext, StepOutcome } from '../../src/winpe-agent/performer.ts'
import { chunkOf } from '../suites/chunk-store-suite.ts'
import { inventoryOf, macOf } from './inventories.ts'
import type { LoopbackAppliance } from './loopback-appliance.ts'
import { manifestOf } from './small-manifest.ts'

export interface AgentScene {
  readonly n: number
  readonly home: LoopbackAppliance
  /** Left out: of a boot now. */
  readonly token?: string
  readonly appliances?: readonly ListedAppliance[]
  readonly directories?: () => readonly string[]
  readonly perform: (step: Step, context: StepContext) => Promise<unknown>
}

/** Its rests and renewals pass so much faster than those of an agent on a machine. */
const HASTE = 20

export class LoopbackAgent implements AsyncDisposable {
  readonly lines: string[] = []
  readonly ended: Promise<AgentEnd | undefined>
  readonly #stop = new AbortController()

  constructor({ n, home, token = home.boot(n).token, appliances = [], directories = () => [], perform }: AgentScene) {
    const pause = (ms: number, signal: AbortSignal) => sleep(Math.min(ms, 50), undefined, { signal })
    const log = (line: string) => void this.lines.push(line)
    const link = { pause, log, onReturn: () => {}, nowMs: () => performance.now() * HASTE, boot: token.split('.')[1] }
    const homeLink = new ApplianceLink({ url: home.url, name: 'home', isDirectory: false, token }, link)
    const findDirectories = async () => directories()
    const nothing = async () => undefined
    const step = async (one: Step, context: StepContext): Promise<StepOutcome> => {
      return ((await perform(one, context)) as StepOutcome | undefined) ?? { transfer: {} }
    }
    // What a capture that is done leaves at the appliance: a version.
    const capture = async (one: Step, context: StepContext): Promise<StepOutcome> => {
      const outcome = await step(one, context)
      await publishVersion(context)
      return outcome
    }
    this.ended = runAgent(
      {
        client: new Appliances({ home: homeLink, appliances, waitSeconds: 0.5 }, { link, findDirectories }),
        machine: {
          inventory: async () => inventoryOf(n),
          keepNetworkFirst: nothing,
          startFromDiskNext: nothing,
        } as unknown as Machine,
        performers: { format: step, setup: step, activate: step, capture, reboot: step },
        status: { update: () => undefined },
        agentVersion: 'test',
        bootMac: macOf(n),
        configTypes: [],
        features: [],
        restartsWhenIdle: false,
        findRecords: async () => ({ records: [] }),
        takeReturned: () => false,
        pause,
        nowMs: () => performance.now(),
        print: log,
      },
      this.#stop.signal,
    ).catch((error: unknown) => {
      if (this.#stop.signal.aborted) return undefined
      throw error
    })
  }

  /** As a power cut. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the power went off'))
    await this.ended
  }
}

async function publishVersion(context: StepContext): Promise<void> {
  const client = createChunkClient(context)
  const { digest, bytes } = chunkOf('all that this disk holds')
  await client.reserve(4096)
  if ((await client.missing([digest])).length > 0) await client.send([{ digest, bytes: Buffer.from(bytes) }])
  await client.publish(zstdCompressSync(encodeManifest(manifestOf([digest]))))
}
