// What an agent learns here of other appliances: the list, its work elsewhere, and, in a directory that hands out jobs, their jobs.
//
//   off    agents of machines that this appliance booted get the list
//   list   so do all others: those that came by a credential, and those that found this directory by themselves
//   jobs   nobody gets the list: the directory asks the listed appliances itself and hands on what they give
import type { Assignment, HelloAnswer } from '../../contract/agent-api.ts'
import type { WorkElsewhere } from '../../contract/appliances.ts'
import type { Clock, Log } from '../../store/index.ts'
import type { HandedOut } from '../job/claims.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import type { ApplianceRecord, AppliancesListed } from './appliance-list.ts'
import { withWorkElsewhere, workElsewhere } from './elsewhere.ts'
import { type MachineHere, RemoteAppliance } from './remote-appliance.ts'

export type DirectoryMode = 'off' | 'list' | 'jobs'

interface DirectoryDeskDeps {
  readonly mode: DirectoryMode
  readonly list: AppliancesListed
  readonly nodes: Nodes
  readonly clock: Clock
  readonly log: Log
}

export type Given = { readonly own: HandedOut } | { readonly theirs: Assignment }

/** One machine's question for a job. */
export interface Asking {
  readonly nodeId: string
  readonly mac: string
  readonly boot: string
  readonly waitSeconds: number
  /** Asked only when there is something to wait for. */
  readonly gone: () => AbortSignal
  /** Asks the queue of this appliance. */
  readonly ownClaim: (waitSeconds: number, gone: () => AbortSignal) => Promise<HandedOut | undefined>
}

type Patient = Omit<Asking, 'gone'> & { readonly gone: AbortSignal }

/** Between two looks at the others: the wait of a machine that they have a job for. */
const LOOK_SECONDS = 5
const FIRST_REST_MS = 5000
const LONGEST_REST_MS = 60_000
/** The agent tells its own appliance more exactly; this is for coming back here after a boot. */
const BELIEVED_MS = 15 * 60_000

export class DirectoryDesk {
  readonly #deps: DirectoryDeskDeps
  readonly #remotes = new Map<string, { readonly record: ApplianceRecord; readonly remote: RemoteAppliance }>()
  readonly #rests = new Map<string, { readonly failures: number; readonly until: number }>()
  readonly #stopping = new AbortController()

  constructor(deps: DirectoryDeskDeps) {
    this.#deps = deps
  }

  stop(): void {
    this.#stopping.abort()
  }

  /** Nothing of the list before the node is approved: there are credentials in it. */
  helloWords(node: NodeRecord, isGuest: boolean): Pick<HelloAnswer, 'appliances' | 'elsewhere'> {
    const { mode, list, clock } = this.#deps
    const isTold = node.state === 'approved' && (mode === 'list' || (mode === 'off' && !isGuest))
    const appliances = isTold ? list.forAgents() : []
    const work = workElsewhere(node, clock.now())
    return { ...(appliances.length > 0 ? { appliances } : {}), ...(work === undefined ? {} : { elsewhere: agentView(work) }) }
  }

  /** The queue of this appliance first, then that of each listed one, until one of them has something or the time is over. */
  async claim(asking: Asking): Promise<Given | undefined> {
    const { mode, list } = this.#deps
    if (mode !== 'jobs' || list.records().length === 0) return own(await asking.ownClaim(asking.waitSeconds, asking.gone))
    return this.#claimAnywhere({ ...asking, gone: asking.gone() })
  }

  async #claimAnywhere(asking: Patient): Promise<Given | undefined> {
    const { clock } = this.#deps
    const back = await this.#backToWork(asking)
    if (back !== undefined) return back
    const until = clock.elapsed() + asking.waitSeconds * 1000
    for (let wait = 0; ; wait = Math.min(LOOK_SECONDS, Math.max(0, (until - clock.elapsed()) / 1000))) {
      const given = own(await asking.ownClaim(wait, () => asking.gone)) ?? (await this.#askAll(asking))
      if (given !== undefined) return given
      if (clock.elapsed() >= until || asking.gone.aborted || this.#stopping.signal.aborted) return undefined
    }
  }

  /** What was handed on to this machine before it booted again comes first. */
  async #backToWork(asking: Patient): Promise<Given | undefined> {
    const { nodes, list, clock } = this.#deps
    const node = nodes.get(asking.nodeId)
    const work = node === undefined ? undefined : workElsewhere(node, clock.now())
    if (node === undefined || work === undefined) return undefined
    const record = list.records().find(({ url }) => url === work.applianceUrl)
    const given = record === undefined ? undefined : await this.#ask(record, asking)
    if (given === undefined) await nodes.change(withWorkElsewhere(nodes.get(node.id) ?? node, null, 0))
    return given
  }

  async #askAll(asking: Patient): Promise<Given | undefined> {
    for (const record of this.#deps.list.records()) {
      // Two directories that list each other would ask in a circle.
      if (record.isDirectory === true) continue
      const given = await this.#ask(record, asking)
      if (given !== undefined) return given
    }
    return undefined
  }

  async #ask(record: ApplianceRecord, asking: Patient): Promise<Given | undefined> {
    const { nodes, clock, log, list } = this.#deps
    const node = nodes.get(asking.nodeId)
    const rest = this.#rests.get(record.id)
    if (node?.state !== 'approved' || asking.gone.aborted || (rest !== undefined && rest.until > clock.now())) return undefined
    try {
      const signal = AbortSignal.any([asking.gone, this.#stopping.signal])
      const assignment = await this.#remoteOf(record).claim(machineOf(node, asking), signal)
      this.#rests.delete(record.id)
      list.noteUp(record.id)
      if (assignment === undefined) return undefined
      const work = { applianceUrl: record.url, jobId: assignment.jobId }
      await nodes.change(withWorkElsewhere(nodes.get(node.id) ?? node, work, clock.now() + BELIEVED_MS))
      log.info({ node: node.name, appliance: record.id, job: assignment.jobId }, 'a job of a listed appliance was handed on')
      return { theirs: assignment }
    } catch (error) {
      if (asking.gone.aborted || this.#stopping.signal.aborted) return undefined
      this.#rest(record, error)
      return undefined
    }
  }

  /** One that does not answer is left alone for a while, or every machine would wait for it in every round. */
  #rest(record: ApplianceRecord, error: unknown): void {
    const { clock, log, list } = this.#deps
    const failures = (this.#rests.get(record.id)?.failures ?? 0) + 1
    const until = clock.now() + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - 1))
    const reason = error instanceof Error ? error.message : String(error)
    this.#rests.set(record.id, { failures, until })
    list.noteDown(record.id, reason)
    if (failures === 1) log.warn({ appliance: record.id, reason }, 'a listed appliance could not be asked for jobs')
  }

  #remoteOf(record: ApplianceRecord): RemoteAppliance {
    const known = this.#remotes.get(record.id)
    if (known?.record === record) return known.remote
    const remote = new RemoteAppliance(record, () => this.#deps.clock.now())
    this.#remotes.set(record.id, { record, remote })
    return remote
  }
}

/** toDisk is over when an agent is here to hear of it. */
function agentView({ applianceUrl, viaUrl, jobId }: WorkElsewhere): WorkElsewhere {
  return { applianceUrl, ...(viaUrl === undefined ? {} : { viaUrl }), jobId }
}

const own = (handedOut: HandedOut | undefined): Given | undefined => (handedOut === undefined ? undefined : { own: handedOut })

function machineOf({ inventory, agentConfigTypes, configTypes }: NodeRecord, { mac, boot }: Patient): MachineHere {
  const types = [...new Set([...(configTypes ?? []), ...(agentConfigTypes ?? [])])]
  const hello = { agentVersion: 'by a directory', inventory, ...(types.length > 0 ? { configTypes: types } : {}) }
  return { mac, boot, hello }
}
