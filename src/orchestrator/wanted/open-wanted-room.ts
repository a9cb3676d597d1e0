// Joins the parts of this folder: what nodes should run, who is told when they do not, and the jobs that make it so.
import type { JobKind, JobRequest, JobView } from '../../contract/job.ts'
import type { Resolution } from '../../contract/package.ts'
import type { BootBuildService, ImageService, PackageService } from '../../library/index.ts'
import type { Clock, Events, Log } from '../../store/index.ts'
import type { Collections } from '../collections.ts'
import { workElsewhere } from '../directory/elsewhere.ts'
import type { JobBook } from '../job/job-book.ts'
import type { Leases } from '../job/leases.ts'
import type { NodeClasses } from '../node/classes.ts'
import type { NodeLife } from '../node/life.ts'
import type { Nodes } from '../node/nodes.ts'
import { RollOuts } from '../roll-out/roll-outs.ts'
import type { BootModel } from './boot-os.ts'
import { WantedDesk } from './desk.ts'
import { DriftWatch } from './drift.ts'
import type { FunctionDesk } from './function-desk.ts'
import { OwnWishes } from './own-wishes.ts'
import { Repairs } from './repairs.ts'
import type { Catalogue, PackageChoice, PackageQuery } from './resolve.ts'
import { RollBacks } from './roll-backs.ts'
import { WantedPackages } from './wanted-packages.ts'

/** Asked by this folder, answered by the jobs. */
export interface JobsOfWanted {
  readonly book: Pick<JobBook, 'queue' | 'find' | 'unendedOf'>
  refuse(request: JobRequest): { readonly personalise?: unknown }
  post(request: JobRequest, by: string): Promise<JobView>
  cancel(jobId: string, reason: string): Promise<JobView>
}

interface WantedRoomDeps {
  readonly nodes: Nodes
  readonly classes: NodeClasses
  readonly nodeLife: NodeLife
  readonly bootBuilds: Pick<BootBuildService, 'get' | 'inUse' | 'changeCount'>
  readonly bootModels: readonly BootModel[]
  readonly images: Pick<ImageService, 'list' | 'find' | 'diff' | 'changeCount'>
  readonly packages: Pick<PackageService, 'list' | 'find' | 'versions' | 'resolve'>
  readonly jobs: () => JobsOfWanted
  readonly collections: Pick<Collections, 'rollOuts'>
  /** So that a running node takes its job, of that kind, now. */
  readonly restart: (nodeId: string, kind: JobKind) => Promise<unknown>
  readonly functions?: FunctionDesk | undefined
  readonly leases: Leases
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
}

export function openWantedRoom(deps: WantedRoomDeps) {
  const { nodes, classes, nodeLife, images, packages, jobs, leases, clock, events, log } = deps
  const { restart, collections, functions } = deps
  const rollOuts = new RollOuts({
    store: collections.rollOuts,
    nodes,
    classes,
    images,
    packages,
    desk: () => desk,
    jobs,
    restart,
    clock,
    events,
    log,
  })
  const catalogue = catalogueOf({ images, packages, events })
  const desk: WantedDesk = new WantedDesk({
    classes,
    catalogue,
    isBusy: (node) =>
      leases.jobOf(node.id) !== undefined ||
      jobs().book.queue.namedFor(node.id).length > 0 ||
      workElsewhere(node, clock.now()) !== undefined,
    rollOutOf: (node) => rollOuts.targetOf(node),
    rollOutChanges: () => rollOuts.changeCount(),
    functions,
    bootBuilds: deps.bootBuilds,
    bootModels: deps.bootModels,
  })
  const drift = new DriftWatch({ events, nodes, desk, runningJobOf: (nodeId) => leases.jobOf(nodeId) })
  const repairs = new Repairs({
    nodes,
    nodeLife,
    desk,
    jobs,
    log,
  })
  const ownWishes = new OwnWishes({ nodes, images: () => images.list(), bootBuilds: deps.bootBuilds, functions })
  const rollBacks = new RollBacks({ nodes, classes, images, packages, desk, ownWishes, drift, jobs })
  const wantedPackages = new WantedPackages({
    nodes: () => nodes.values(),
    standingOf: (node) => desk.standingOf(node),
    classes: () => classes.records(),
    rollOuts: () => rollOuts.wishes(),
    catalogue,
    packages: () => packages.list(),
    functions,
    changeCount: () => desk.changeCount(),
  })
  return { desk, drift, repairs, ownWishes, rollBacks, rollOuts, wantedPackages }
}

const KEPT_CHOICES = 10_000

/** Versions and packages as they are now; the list of images is made anew only when something of it changed. */
function catalogueOf({ images, packages, events }: Pick<WantedRoomDeps, 'images' | 'packages' | 'events'>) {
  let made: { readonly changes: number; readonly images: Catalogue['images'] } | undefined
  let packageChanges = 0
  // Machines of one kind ask for the same, and a site has thousands of these.
  const choices = new Map<string, PackageChoice>()
  events.subscribe(() => {
    packageChanges++
    choices.clear()
  }, ['package.added', 'package.removed'])
  const choosePackages = (query: PackageQuery) => {
    const key = JSON.stringify(query)
    const known = choices.get(key)
    if (known !== undefined) return known
    if (choices.size >= KEPT_CHOICES) choices.clear()
    const choice = chosenOf(packages.resolve(query))
    choices.set(key, choice)
    return choice
  }
  return () => {
    const changes = images.changeCount()
    if (made?.changes !== changes) made = { changes, images: images.list() }
    return {
      images: made.images,
      choosePackages,
      changeCount: changes + packageChanges,
    }
  }
}

function chosenOf(resolution: Resolution): PackageChoice {
  if (resolution.kind === 'refused') return resolution
  return {
    kind: 'resolved',
    packages: resolution.packages.map(({ name, version, sizeBytes }) => ({ name, version, sizeBytes })),
  }
}
