// The agent's real loop and client on a machine that only notes what is done with it, against a scripted appliance on loopback.
import type { Assignment } from '../../src/contract/agent-api.ts'
import type { SetupStep, Step } from '../../src/contract/steps.ts'
import { type AgentEnd, runAgent } from '../../src/winpe-agent/agent-loop.ts'
import { createHttpClient } from '../../src/winpe-agent/http-client.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import type { StepContext, StepOutcome } from '../../src/winpe-agent/performer.ts'
import type { Performers } from '../../src/winpe-agent/performers.ts'
import { ScriptedAppliance } from './scripted-appliance.ts'
import { inventoryWith } from './step-scene.ts'

export const SETUP: SetupStep = { kind: 'setup', timeoutSeconds: 60, actions: [], variables: {} }
export const ACTIVATE: Step = { kind: 'activate', timeoutSeconds: 60, actions: [], variables: {} }
export const NOTHING: StepOutcome = { transfer: {} }

export const assignmentOf = (steps: Step[], change: Partial<Assignment> = {}): Assignment => ({
  jobId: 'job-1',
  leaseId: 'lease-1',
  leaseSeconds: 60,
  attempt: 1,
  kind: 'build',
  steps,
  stepIndex: 0,
  whenDone: 'reboot',
  ...change,
})

export type Pause = (ms: number, signal: AbortSignal) => Promise<void>

interface RunOptions {
  readonly pause?: Pause
  readonly signal?: AbortSignal
  readonly restartsWhenIdle?: boolean
}

export class AgentRun implements AsyncDisposable {
  readonly appliance = new ScriptedAppliance()
  readonly printed: string[] = []
  readonly pauses: number[] = []
  /** What was done with the machine. */
  readonly acts: string[] = []
  readonly machine = {
    inventory: async () => inventoryWith([]),
    keepNetworkFirst: async () => void this.acts.push('network first'),
    startFromDiskNext: async () => void this.acts.push('from its disk next'),
  } as unknown as Machine
  readonly #url: Promise<string>

  constructor() {
    this.#url = this.appliance.start()
  }

  /** Each of the ordinary steps is carried out by this. */
  work(perform: (step: Step, context: StepContext) => Promise<StepOutcome>, options: RunOptions = {}): Promise<AgentEnd> {
    return this.run({ setup: perform, activate: perform, capture: perform }, options)
  }

  async run(performers: Performers, options: RunOptions = {}): Promise<AgentEnd> {
    const { pause = briefly, signal = new AbortController().signal, restartsWhenIdle = false } = options
    let returned = false
    const noted: Pause = (ms, ending) => {
      this.pauses.push(ms)
      return pause(ms, ending)
    }
    const print = (line: string) => void this.printed.push(line)
    const client = { pause: noted, log: print, onReturn: () => (returned = true) }
    return runAgent(
      {
        client: createHttpClient({ applianceUrl: await this.#url, token: 'token' }, client),
        machine: this.machine,
        performers: { setup: async () => NOTHING, ...performers },
        status: { update: () => undefined },
        agentVersion: '1.2.3',
        bootMac: '52:54:00:12:34:56',
        configTypes: ['release'],
        features: [],
        restartsWhenIdle,
        findRecords: async () => ({ records: [] }),
        takeReturned() {
          const value = returned
          returned = false
          return value
        },
        pause: noted,
        nowMs: () => 0,
        print,
      },
      signal,
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.appliance.stop()
  }
}

const briefly: Pause = () => new Promise((resolve) => setImmediate(resolve))
