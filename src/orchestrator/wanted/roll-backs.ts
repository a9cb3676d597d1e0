// Nodes and classes go back to a version from before: it becomes what they want, so that nothing brings the newer one again, and is deployed.
// A node gets the packages of that time with it; where only these differ, its image stays.
import { AppError } from '../../contract/errors.ts'
import type { JobRequest, JobView } from '../../contract/job.ts'
import type { NodeClass } from '../../contract/operator-api.ts'
import type { ClassRollBack, MovePlan, WantedImage } from '../../contract/wanted.ts'
import type { ImageService, PackageService } from '../../library/index.ts'
import type { NodeClasses } from '../node/classes.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { deployRequest, exactly, packagesRequest } from './deploy-request.ts'
import type { WantedDesk } from './desk.ts'
import { otherThan, packageChanges, packagesNow } from './difference.ts'
import type { DriftWatch } from './drift.ts'
import { type Move, planMoves, runsNow, thatMove } from './move-plan.ts'
import type { OwnWishes } from './own-wishes.ts'
import { ranBefore, ranOn } from './ran.ts'
import { doesNotStart, entryFor, wantedVersion } from './wanted-version.ts'

interface RollBacksDeps {
  readonly nodes: Nodes
  readonly classes: NodeClasses
  readonly images: Pick<ImageService, 'list' | 'find' | 'diff'>
  readonly packages: Pick<PackageService, 'find'>
  readonly desk: Pick<WantedDesk, 'packagesBeside'>
  readonly ownWishes: OwnWishes
  readonly drift: DriftWatch
  readonly jobs: () => {
    post(request: JobRequest, by: string): Promise<JobView>
    refuse(request: JobRequest): unknown
    readonly book: { unendedOf(nodeId: string): readonly string[] }
  }
}

export class RollBacks {
  readonly #deps: RollBacksDeps

  constructor(deps: RollBacksDeps) {
    this.#deps = deps
  }

  async planNode(idOrName: string, to: number | undefined): Promise<MovePlan> {
    const node = this.#deps.nodes.find(idOrName)
    return planMoves([{ node, ...this.#targetOf(node, to) }], this.#deps)
  }

  async node(idOrName: string, to: number | undefined): Promise<JobView> {
    const { nodes, ownWishes, drift, jobs } = this.#deps
    const node = nodes.find(idOrName)
    const target = this.#targetOf(node, to)
    refuseBusy(node, jobs().book.unendedOf(node.id))
    const request = this.#requestFor(node, target)
    jobs().refuse(request)
    await ownWishes.set(node.id, {
      ...node.wanted,
      runs: [{ image: target.to.imageName, version: target.to.version }],
      ...(target.packages === undefined ? {} : { packages: target.packages.map(exactly) }),
    })
    drift.takeAsKnown()
    return jobs().post(request, 'a roll-back')
  }

  async planClass(name: string, to: number | undefined): Promise<MovePlan> {
    const { nodes } = this.#classMoves(name, to)
    return planMoves(nodes, this.#deps)
  }

  async class(name: string, { to, nodes: count }: ClassRollBack): Promise<readonly JobView[]> {
    const { classes, desk, drift, jobs } = this.#deps
    const { nodeClass, nodes } = this.#classMoves(name, to)
    if (nodes.length !== count) {
      throw new AppError(
        'NODE_CLASS_COUNT_DISAGREES',
        `the roll-back of class ${name} moves ${nodes.length} nodes, not ${count}`,
        `See which with \`platen class roll-back ${name}\`, then say --nodes ${nodes.length}.`,
      )
    }
    const requests = nodes.map(({ node, to: target }) => {
      refuseBusy(node, jobs().book.unendedOf(node.id))
      return deployRequest(node.id, target, desk.packagesBeside(node, target))
    })
    // All of them or none: one that cannot be is told before anything is changed.
    for (const request of requests) jobs().refuse(request)
    await classes.set(nodeClass)
    drift.takeAsKnown()
    const posted: JobView[] = []
    for (const request of requests) posted.push(await jobs().post(request, `a roll-back of class ${name}`))
    return posted
  }

  #requestFor(node: NodeRecord, { to, packages }: Omit<Move, 'node'>): JobRequest {
    if (otherThan(to, node) !== undefined)
      return deployRequest(node.id, to, packages?.map(exactly) ?? this.#deps.desk.packagesBeside(node, to))
    const changes = packageChanges(packages ?? packagesNow(node), packagesNow(node))
    return changes.length === 0 ? deployRequest(node.id, to, packages?.map(exactly)) : packagesRequest(node.id, changes)
  }

  /** The version before, or the one that is named, of what the node runs, with the packages of that time where they are known. */
  #targetOf(node: NodeRecord, to: number | undefined): Omit<Move, 'node'> {
    const now = runsNow(node)
    const before = ranBefore(node, now && { ...now, packages: packagesNow(node) })
    const imageName = to === undefined ? before?.imageName : (now ?? before)?.imageName
    const version = to ?? before?.version
    if (imageName === undefined || version === undefined) {
      throw new AppError(
        'NODE_RAN_NOTHING_ELSE',
        `${node.name} never ran anything else than ${now === undefined ? 'nothing' : `${now.imageName} version ${now.version}`}`,
        `See \`platen node history ${node.name}\`; another version is deployed with \`platen job add deploy\`.`,
      )
    }
    this.#deps.images.find(imageName, version)
    const then = to === undefined ? before : ranOn(node).findLast((each) => each.imageName === imageName && each.version === to)
    return { to: { imageName, version }, ...(then?.packages === undefined ? {} : { packages: then.packages }) }
  }

  /** The class as it will be, and its nodes that have to move for it. */
  #classMoves(name: string, to: number | undefined): { readonly nodeClass: NodeClass; readonly nodes: readonly Move[] } {
    const { classes, images } = this.#deps
    const { nodes: _members, means: _means, behind: _behind, ...nodeClass } = classes.show(name)
    const list = images.list()
    const runs = (nodeClass.runs ?? []).map((entry) => backOf(entry, to, list))
    if (runs.every((entry) => entry === undefined)) {
      const what = to === undefined ? 'no version before what it runs now' : `no version ${to} of what it runs`
      throw new AppError('IMAGE_VERSION_NOT_FOUND', `class ${name}: there is ${what}`, 'See `platen image list`.')
    }
    const next = runs.map((entry, index) => entry ?? nodeClass.runs![index]!)
    const moves = classes.membersOf(name).flatMap((node): Move[] => {
      const entry = node.wanted?.runs === undefined ? entryFor(next, node.inventory.architecture) : undefined
      const target = entry === undefined ? undefined : wantedVersion(entry, list, node.inventory)
      return target === undefined ? [] : [{ node, to: target }]
    })
    return { nodeClass: { ...nodeClass, runs: next }, nodes: thatMove(moves) }
  }
}

/** The entry, pinned to the version before what it means, or to the one that is named; undefined: there is none. */
function backOf(entry: WantedImage, to: number | undefined, images: ReturnType<ImageService['list']>): WantedImage | undefined {
  const { tag: _tag, version: _version, ...rest } = entry
  const now = wantedVersion(entry, images)?.version ?? Number.POSITIVE_INFINITY
  const on = entry.architecture === undefined ? {} : { architecture: entry.architecture }
  const found = images
    .find(({ name }) => name === entry.image)
    ?.versions.findLast(
      (each) => (to === undefined ? each.version < now : each.version === to) && doesNotStart(each, on) === undefined,
    )
  return found === undefined ? undefined : { ...rest, version: found.version }
}

function refuseBusy({ name }: NodeRecord, jobIds: readonly string[]): void {
  if (jobIds.length === 0) return
  throw new AppError('NODE_BUSY', `${name} has a job: ${jobIds.join(', ')}`, 'Let it end, or cancel it with `platen job cancel`.')
}
