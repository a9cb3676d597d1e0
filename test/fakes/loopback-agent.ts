// The agent's real loop and client, for machine n, with steps that a test carries out itself. Nothing of the machine is touched.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ListedAppliance } from '../../src/contract/appliances.ts'
import type { Step } from '../../src/contract/steps.ts'
import { type AgentEnd, runAgent } from '../../src/winpe-agent/agent-loop.ts'
import { ApplianceLink } from '../../src/winpe-agent/appliance-link.ts'
import { Appliances } from '../../src/winpe-agent/appliances.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import type { StepContext, StepOutcome } from '../../src/winpe-agent/performer.ts'
import { inventoryOf, macOf } from './inventories.ts'
import type { LoopbackAppliance } from './loopback-appliance.ts'

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
    this.ended = runAgent(
      {
        client: new Appliances({ home: homeLink, appliances, waitSeconds: 0.5 }, { link, findDirectories }),
        machine: {
          inventory: async () => inventoryOf(n),
          keepNetworkFirst: nothing,
          startFromDiskNext: nothing,
        } as unknown as Machine,
        performers: { format: step, setup: step, activate: step, capture: step, reboot: step },
        status: { update: () => undefined },
        agentVersion: 'test',
        bootMac: macOf(n),
        configTypes: [],
        restartsWhenIdle: false,
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
