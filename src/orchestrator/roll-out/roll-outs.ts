// Roll-outs: what is kept of each goes through `advance`, by the clock and when a job ends; what it asks for is done after that is on disk.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'
import type { JobKind, JobRequest, JobView } from '../../contract/job.ts'
import type { NewRollOut, RollOutView } from '../../contract/roll-out.ts'
import type { MovePlan, Wanted, WantedImage } from '../../contract/wanted.ts'
import type { ImageService, PackageService } from '../../library/index.ts'
import { type Clock, type Events, instantOf, type Log, type RecordStore } from '../../store/index.ts'
import type { NodeClasses } from '../node/classes.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { exactly } from '../wanted/deploy-request.ts'
import type { WantedDesk } from '../wanted/desk.ts'
import { packagesNow } from '../wanted/difference.ts'
import type { RolledOut, Said } from '../wanted/merge.ts'
import { planMoves, runsNow } from '../wanted/move-plan.ts'
import type { WantedVersion } from '../wanted/wanted-version.ts'
import { advance, failuresOf, isForward, isOver, type KeptNode, type Post, type RollOutRules } from './advance.ts'
import { goalOf, movesOf, pinned, saidOf, stillThere, withEntry, withPackages } from './class-moves.ts'
import { backRequest, forwardRequest } from './requests.ts'
import { type JobsSeen, sightsOf } from './sights.ts'
import { type RollOutRecord, viewRollOut } from './view.ts'

interface RollOutsDeps {
  readonly store: RecordStore<RollOutRecord>
  readonly nodes: Nodes
  readonly classes: NodeClasses
  readonly images: Pick<ImageService, 'list' | 'find' | 'diff'>
  readonly packages: Pick<PackageService, 'find' | 'versions'>
  /** What a node is to have beside a version. */
  readonly desk: () => Pick<WantedDesk, 'packagesBeside'>
  readonly jobs: () => JobsSeen & {
    post(request: JobRequest, by: string): Promise<JobView>
    refuse(request: JobRequest): { readonly personalise?: unknown }
  }
  /** So that a running node takes its job, of that kind, now. */
  readonly restart: (nodeId: string, kind: JobKind) => Promise<unknown>
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
}

const LOOK_MS = 5000
/** Nothing of a copy is changed but that its system can say how it is. */
const ONLY_PLATEN_NODE = { hostname: false, machineId: false, sshHostKeys: false, platenNode: true } as const

export class RollOuts {
  readonly #deps: RollOutsDeps
  #changes = 0
  #callOff: (() => void) | undefined
  #looking: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(deps: RollOutsDeps) {
    this.#deps = deps
    deps.store.watch(() => {
      this.#changes++
    })
    deps.events.subscribe(
      (event) => {
        if (event.type === 'job.changed' && event.job.status.completedAt !== undefined) void this.look()
      },
      ['job.changed'],
    )
  }

  start(): void {
    this.#callOff = this.#deps.clock.after(LOOK_MS, () => {
      void this.look()
      this.start()
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#callOff?.()
    await this.#looking
  }

  /** Grows with each change of what `targetOf` says. */
  changeCount(): number {
    return this.#changes
  }

  /** What a roll-out has brought to the node's turn. */
  targetOf({ id }: NodeRecord): Said<RolledOut> | undefined {
    for (const { nodeClass, wish, nodes, phase } of this.#deps.store.values()) {
      if (isOver(phase)) continue
      const node = nodes.find(({ nodeId }) => nodeId === id)
      if (node === undefined || !isForward(node)) continue
      return { value: saidOf(goalOf(wish)), from: `the roll-out to class ${nodeClass}` }
    }
    return undefined
  }

  /** What those that are not over bring to nodes, and what they would put back. */
  wishes(): readonly Said<Wanted>[] {
    return [...this.#deps.store.values()]
      .filter(({ phase }) => !isOver(phase))
      .flatMap(({ id, wish, nodes }) => {
        const from = `roll-out ${id}`
        const before = nodes.flatMap((node) => node.from?.packages ?? []).map((each) => ({ packages: [exactly(each)] }))
        return [saidOf(goalOf(wish)), ...before].map((value) => ({ value, from }))
      })
  }

  /** The program by which a node that the roll-out moves says how it is. */
  healthProgramFor(nodeId: string): string | undefined {
    const record = [...this.#deps.store.values()].find(
      ({ phase, nodes }) =>
        !isOver(phase) && nodes.some((each) => each.nodeId === nodeId && (each.at === 'moving' || each.at === 'settling')),
    )
    return record?.wish.health
  }

  list(): readonly RollOutView[] {
    return [...this.#deps.store.values()].sort((a, b) => b.startedAt.localeCompare(a.startedAt)).map((each) => this.#view(each))
  }

  show(id: string): RollOutView {
    return this.#view(this.#find(id))
  }

  async plan(className: string, wish: NewRollOut): Promise<MovePlan> {
    return planMoves(movesOf(className, pinned(wish, this.#deps), this.#deps), this.#deps)
  }

  async begin(className: string, said: NewRollOut): Promise<RollOutView> {
    const { store, clock } = this.#deps
    const other = [...store.values()].find(({ nodeClass, phase }) => nodeClass === className && !isOver(phase))
    if (other !== undefined)
      throw new AppError(
        'ROLL_OUT_UNDER_WAY',
        `class ${className} has the roll-out ${other.id}, which is ${other.phase}`,
        `See \`platen roll-out show ${other.id}\`; abort it, or let it end.`,
      )
    const wish = pinned(said, this.#deps)
    const moves = movesOf(className, wish, this.#deps)
    const nodes = moves.map(({ node }) => {
      const from = stillThere(runsNow(node), this.#deps.images)
      const packages = packagesNow(node).map(({ name, version }) => ({ name, version }))
      return { nodeId: node.id, at: 'waiting', ...(from === undefined ? {} : { from: { ...from, packages } }) } as const
    })
    const record: RollOutRecord = {
      id: randomUUID(),
      nodeClass: className,
      wish,
      startedAt: instantOf(clock.now()),
      phase: 'running',
      ring: 0,
      forgiven: 0,
      nodes,
    }
    await store.put(record)
    await this.look()
    return this.show(record.id)
  }

  pause(id: string): Promise<RollOutView> {
    return this.#steer(id, (record) => (record.phase === 'running' ? { ...record, phase: 'paused' } : record))
  }

  /** Of one that stopped: what failed so far is let pass. */
  resume(id: string): Promise<RollOutView> {
    return this.#steer(id, (record) =>
      record.phase === 'paused' || record.phase === 'stopped'
        ? { ...record, phase: 'running', forgiven: failuresOf(record) }
        : record,
    )
  }

  abort(id: string): Promise<RollOutView> {
    return this.#steer(id, (record) => ({ ...record, phase: 'aborting' }))
  }

  /** One look after the other. */
  look(): Promise<void> {
    this.#looking = this.#looking
      .then(async () => {
        for (const record of [...this.#deps.store.values()])
          if (!this.#isStopped && !isOver(record.phase)) await this.#advance(record)
      })
      .catch((error: unknown) => this.#deps.log.error({ err: error }, 'roll-outs could not be looked at'))
    return this.#looking
  }

  async #steer(id: string, change: (record: RollOutRecord) => RollOutRecord): Promise<RollOutView> {
    await this.#looking
    const record = this.#find(id)
    if (isOver(record.phase))
      throw new AppError(
        'ROLL_OUT_OVER',
        `the roll-out ${id} is over: it is ${record.phase}`,
        'Begin a new one with `platen class roll-out`.',
      )
    await this.#deps.store.put(change(record))
    await this.look()
    return this.show(id)
  }

  async #advance(record: RollOutRecord): Promise<void> {
    const { store, nodes, jobs, clock, log } = this.#deps
    const seen = await sightsOf(record.nodes, { nodes, jobs: jobs() })
    const { rollOut, posts } = advance(record, rulesOf(record), seen, clock.now())
    const next = { ...record, ...rollOut }
    if (JSON.stringify(next) !== JSON.stringify(record)) await store.put(next)
    if (next.phase !== record.phase) log.info({ rollOut: record.id, class: record.nodeClass, phase: next.phase }, 'roll-out')
    // First the class, then what it says: a crash in between does both again.
    if (next.phase === 'done') await this.#finish(next)
    for (const post of posts) await this.#post(next.id, post)
  }

  /** A job that was posted and not noted before a crash is found by who asked for it. */
  async #post(id: string, { nodeId, way }: Post): Promise<void> {
    const { store, nodes, jobs, restart, log } = this.#deps
    const record = store.get(id)
    const kept = record?.nodes.find((each) => each.nodeId === nodeId)
    if (record === undefined || kept === undefined) return
    const by = `roll-out ${id}${way === 'back' ? ' (back)' : ''}`
    let kind: JobKind = 'deploy'
    let note: { readonly jobId: string } | { readonly at: 'stranded'; readonly reason: string }
    try {
      const known = jobs()
        .book.queue.namedFor(nodeId)
        .find((job) => job.by === by)
      const request = known === undefined ? this.#requestFor(record, kept, way) : undefined
      if (known === undefined && request === undefined) return
      kind = (known?.request ?? request!).kind
      note = { jobId: known?.id ?? (await jobs().post(request!, by)).id }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      note = { at: 'stranded', reason: `${kept.reason ?? 'its deploy'}: ${error.message}` }
    }
    const now = store.get(id)!
    await store.put({ ...now, nodes: now.nodes.map((each) => (each.nodeId === nodeId ? { ...each, ...note } : each)) })
    if (record.wish.restart && 'jobId' in note && nodes.view(nodes.find(nodeId)).presence === 'away')
      void restart(nodeId, kind).catch((error: unknown) =>
        log.warn({ err: error, node: nodeId }, 'a node was not restarted for its roll-out'),
      )
  }

  #requestFor({ wish }: RollOutRecord, kept: KeptNode, way: Post['way']): JobRequest | undefined {
    const { nodes, desk, jobs } = this.#deps
    const node = nodes.find(kept.nodeId)
    if (way === 'back') return backRequest(node, kept)
    const goal = goalOf(wish)
    const request = forwardRequest(node, goal, (image) => desk().packagesBeside(node, image, saidOf(goal)))
    if (request.kind !== 'deploy' || wish.health === undefined) return request
    const { personalise } = jobs().refuse(request)
    return personalise ? request : { ...request, personalise: ONLY_PLATEN_NODE }
  }

  /** The class runs and has that from now on. */
  async #finish({ nodeClass, wish }: RollOutRecord): Promise<void> {
    const { classes, log } = this.#deps
    if (!classes.has(nodeClass)) return
    const { nodes: _nodes, means: _means, behind: _behind, ...rest } = classes.show(nodeClass)
    const goal = goalOf(wish)
    const packages = goal.packages.length === 0 ? {} : { packages: withPackages(rest.packages ?? [], goal) }
    await classes.set({ ...rest, ...packages, ...(goal.image && { runs: this.#runsWith(goal.image, nodeClass, rest.runs) }) })
    log.info({ class: nodeClass, ...goal }, 'the roll-out is done: the class says that from now on')
  }

  #runsWith({ imageName, version }: WantedVersion, nodeClass: string, runs: readonly WantedImage[] = []): WantedImage[] {
    const { classes, images } = this.#deps
    const { architecture } = images.find(imageName, version)
    const isForAll = classes.membersOf(nodeClass).every(({ inventory }) => inventory.architecture === architecture)
    return withEntry(runs, { image: imageName, version }, isForAll ? undefined : architecture)
  }

  #find(id: string): RollOutRecord {
    const found = this.#deps.store.get(id)
    if (found !== undefined) return found
    throw new AppError('ROLL_OUT_NOT_FOUND', `there is no roll-out ${id}`, 'List them with `platen roll-out list`.')
  }

  #view(record: RollOutRecord): RollOutView {
    return viewRollOut(record, (nodeId) => this.#deps.nodes.get(nodeId)?.name ?? nodeId)
  }
}

const rulesOf = ({ wish }: RollOutRecord): RollOutRules => ({ ...wish, needsHealth: wish.health !== undefined })
