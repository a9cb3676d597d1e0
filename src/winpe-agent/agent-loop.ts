// The agent's life: hello, claim, run, report, then what the job says. Everything that it touches comes in through deps.
//
//   hello --> claim --(nothing)--> claim …
//               \--(job)--> steps --(dropped)--> hello
//                             |--(leaves for a reboot step)--> reboot | start of the loaded kernel
//                             |--(ended, a version is to be tried)--> start of the loaded kernel
//                             \--(ended)--> claim without waiting --(nothing)--> reboot | power off | claim (stay)
import { Type } from 'typebox'
import { Assignment, type Claim, type Hello, HelloAnswer, LeaveAnswer } from '../contract/agent-api.ts'
import type { BootedSystem } from '../contract/boot-build.ts'
import type { FoundRecords } from '../contract/disk-record.ts'
import { AppError } from '../contract/errors.ts'
import type { Disk, Inventory } from '../contract/inventory.ts'
import { Present } from '../contract/present.ts'
import { type JobDeps, runJob } from './job-run.ts'
import type { Machine } from './machine.ts'
import type { OrchestratorClient } from './orchestrator-client.ts'
import type { Performers } from './performers.ts'
import { NO_JOB, type StatusFile } from './status-file.ts'

const LONG_POLL_SECONDS = 50
/** A refused token is for ever: wait a little so that a wrong setting does not make a machine restart all day at full speed. */
const REFUSED_PAUSE_MS = 60_000

const ClaimAnswer = Type.Union([Assignment, Type.Null()])

export interface AgentDeps {
  readonly client: OrchestratorClient
  readonly machine: Machine
  readonly performers: Performers
  readonly status: StatusFile
  readonly agentVersion: string
  readonly bootMac: string | undefined
  /** Types of configuration that this machine builds (platen.config=). */
  readonly configTypes: readonly string[]
  readonly features: readonly string[]
  /** Which boot OS this is; undefined: it does not say. */
  readonly bootOs?: BootedSystem | undefined
  /** It was started only to be sent to its disk (platen.idle=reboot). */
  readonly restartsWhenIdle: boolean
  /** What stands on the disks about themselves. inFile: in files of their systems, too. */
  findRecords(disks: readonly Disk[], inFile: boolean, signal: AbortSignal): Promise<FoundRecords>
  /** True once after the appliance was away: it may have forgotten who we are. */
  takeReturned(): boolean
  pause(ms: number, signal: AbortSignal): Promise<void>
  nowMs(): number
  print(line: string): void
}

export type AgentEnd = 'restart' | 'power-off' | 'start-kernel'

/** Returns when the machine is to go down; the caller does it. */
export async function runAgent(deps: AgentDeps, signal: AbortSignal): Promise<AgentEnd> {
  const { client, print } = deps
  for (;;) {
    signal.throwIfAborted()
    const inventory = await inventoryOf(deps)
    try {
      const end = await serve(inventory)
      if (end !== undefined) return end
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof AppError)) throw error
      const pauseMs = await manners(error)
      if (pauseMs === 'restart') return 'restart'
      await deps.pause(pauseMs, signal)
    }
  }

  /** Until the job list, the node's identity or the connection asks for a new hello. */
  async function serve(inventory: Inventory): Promise<AgentEnd | undefined> {
    const identity = await hello(inventory)
    await prove(inventory, identity)
    const jobDeps: JobDeps = { ...deps, inventory, identity, helloIfDue }
    let whenDone: Assignment['whenDone'] = deps.restartsWhenIdle ? 'reboot' : 'stay'
    for (;;) {
      await helloIfDue(signal)
      const assignment = await claim(whenDone === 'stay' ? LONG_POLL_SECONDS : 0)
      if (assignment === null) {
        if (whenDone === 'stay') continue
        print(whenDone === 'reboot' ? 'nothing further to do: restarting' : 'nothing further to do: switching off')
        await client.post('/leave', {}, LeaveAnswer, signal)
        const run = { signal, log: print }
        await deps.machine.keepNetworkFirst(run)
        if (whenDone === 'reboot' && identity.usesBootNext === true) await deps.machine.startFromDiskNext(run)
        return whenDone === 'reboot' ? 'restart' : 'power-off'
      }
      print(`job ${assignment.jobId} (${assignment.kind}), attempt ${assignment.attempt}, from step ${assignment.stepIndex + 1}`)
      const end = await runJob(assignment, jobDeps, signal)
      deps.status.update({ ...NO_JOB, majorState: 'waiting', minorState: 'waiting for a job', percent: 0 })
      if (end.kind === 'dropped') {
        print(`job ${assignment.jobId} dropped: ${end.reason}`)
        if (end.mustRestart) return 'restart'
        return undefined
      }
      if (end.kind === 'leaves') return end.by === 'kexec' ? 'start-kernel' : 'restart'
      if (end.startsKernel === true) {
        print('this machine starts the version in its memory; a restart brings it back to its disk')
        await client.post('/leave', {}, LeaveAnswer, signal)
        return 'start-kernel'
      }
      whenDone = assignment.whenDone
      if (end.isUnfinished && whenDone === 'reboot') {
        print('the disk is unfinished and would start nothing: this machine stays here for the next attempt')
        whenDone = 'stay'
      }
    }

    async function helloIfDue(beatSignal: AbortSignal): Promise<void> {
      if (!deps.takeReturned()) return
      await hello(inventory, beatSignal)
    }
  }

  async function hello(inventory: Inventory, helloSignal = signal): Promise<HelloAnswer> {
    const body: Hello = {
      agentVersion: deps.agentVersion,
      inventory,
      ...(deps.configTypes.length > 0 ? { configTypes: [...deps.configTypes] } : {}),
      ...(deps.features.length > 0 ? { features: [...deps.features] } : {}),
      ...(deps.bootOs === undefined ? {} : { bootOs: deps.bootOs }),
    }
    const identity = await client.post('/hello', body, HelloAnswer, helloSignal)
    deps.takeReturned()
    print(`this machine is node ${identity.nodeName} (${identity.nodeState}) at ${client.applianceUrl}`)
    deps.status.update({ nodeId: identity.nodeId, nodeName: identity.nodeName, nodeState: identity.nodeState })
    return identity
  }

  /** While a job writes, nothing that stands on the disks is what it will be: said before the first claim only. */
  async function prove({ disks }: Inventory, { hasRecordInFile = false }: HelloAnswer): Promise<void> {
    const found = await deps.findRecords(disks, hasRecordInFile, signal)
    try {
      const { record, reason } = await client.post('/present', found, Present, signal)
      print(`the record on its disk is ${record}${reason === undefined ? '' : `: ${reason}`}`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      print(`the appliance takes no proof from this machine: ${error.message} [${error.code}]`)
    }
  }

  async function claim(waitSeconds: number): Promise<Assignment | null> {
    const body: Claim = { waitSeconds }
    return client.post('/claim', body, ClaimAnswer, signal)
  }

  /** What a refusal asks for: another hello after a while, or a new boot with a new token. */
  async function manners(error: AppError): Promise<number | 'restart'> {
    print(`${error.message} [${error.code}]`)
    if (error.hint !== '') print(error.hint)
    deps.status.update({ majorState: 'refused', minorState: error.message.slice(0, 200), percent: 0 })
    switch (error.code) {
      case 'AGENT_TOKEN_REFUSED':
      case 'REQUEST_NOT_AUTHORISED':
        await deps.pause(REFUSED_PAUSE_MS, signal)
        return 'restart'
      case 'NODE_NOT_APPROVED':
        return 10_000
      default:
        return 5_000
    }
  }
}

async function inventoryOf({ machine, bootMac }: AgentDeps): Promise<Inventory> {
  const inventory = await machine.inventory()
  return bootMac === undefined ? inventory : { ...inventory, bootMac }
}
