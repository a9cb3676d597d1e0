// Joins the parts of this folder: who a machine is, whether it belongs here, what it should run, and when it comes and goes.
import type { BootBuildService, ImageService } from '../../library/index.ts'
import type { Clock, Events, Log } from '../../store/index.ts'
import type { Collections } from '../collections.ts'
import type { Leases } from '../job/leases.ts'
import type { Waiters } from '../job/waiters.ts'
import type { DeliverNotice } from '../notices/deliver.ts'
import { refuseBootWish } from '../wanted/boot-os.ts'
import type { FunctionDesk } from '../wanted/function-desk.ts'
import { refuseEntries } from '../wanted/refuse-entries.ts'
import { wantedVersion } from '../wanted/wanted-version.ts'
import { NodeClasses } from './classes.ts'
import { NodeHello } from './hello.ts'
import { NodeLife } from './life.ts'
import { NodeMerges } from './merges.ts'
import { Nodes } from './nodes.ts'
import { Provisioning } from './provisioning.ts'
import type { IdentityMode } from './recognise.ts'
import type { NodeRecord } from './record.ts'

/** Asked by this folder, answered by the jobs. */
export interface JobsOfNodes {
  /** The job that runs on the node goes back to the queue. */
  takeFrom(node: NodeRecord, reason: string): Promise<void>
  /** Ids of the jobs that name the node or run on it. */
  unendedOf(nodeId: string): readonly string[]
  /** A job runs on the node, and its machine did not leave for a reboot step. */
  isHere(nodeId: string): boolean
}

interface NodeRoomDeps {
  readonly collections: Pick<Collections, 'nodes' | 'classes' | 'approvalRules' | 'hooks'>
  readonly images: Pick<ImageService, 'list'>
  readonly functions?: Pick<FunctionDesk, 'refuse'> | undefined
  readonly bootBuilds: Pick<BootBuildService, 'get' | 'inUse'>
  readonly jobsOfNodes: JobsOfNodes
  readonly leases: Leases
  readonly waiters: Waiters
  /** A node that is silent for so long is away. */
  readonly awaySeconds: number
  /** A lease that was renewed so lately is that of an agent at work. */
  readonly beatSeconds: number
  readonly identityMode: IdentityMode
  readonly deliver: DeliverNotice
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
}

export function openNodeRoom(deps: NodeRoomDeps) {
  const {
    collections,
    images,
    functions,
    bootBuilds,
    jobsOfNodes,
    leases,
    waiters,
    awaySeconds,
    beatSeconds,
    identityMode,
    deliver,
    clock,
    events,
    log,
  } = deps
  const runningJobOf = (nodeId: string) => leases.jobOf(nodeId)
  const nodes = new Nodes({
    store: collections.nodes,
    clock,
    events,
    awaySeconds,
    runningJobOf,
    // It may have been approved while its agent waits.
    onChanged: (nodeId) => waiters.wake(nodeId),
  })
  const classes = new NodeClasses({
    store: collections.classes,
    nodes: () => nodes.list(),
    meaningOf: (entry, machine) => wantedVersion(entry, images.list(), machine),
    refuseEntries: (name, runs) => refuseEntries(name, runs, images.list()),
    refuseFunction: (wish) => functions?.refuse(wish),
    refuseBootOs: (name, wish) => refuseBootWish(`class ${name}`, wish, ['x64', 'arm64'], bootBuilds),
  })
  const onDoubted = (node: NodeRecord, reason: string) => events.emit({ type: 'node.doubtful', node: nodes.view(node), reason })
  const nodeLife = new NodeLife({
    nodes,
    onDoubted,
    rules: collections.approvalRules,
    onHeld: (node, reason) => events.emit({ type: 'node.held', node: nodes.view(node), reason }),
    takeJobFrom: (node, reason) => jobsOfNodes.takeFrom(node, reason),
  })
  const provisioning = new Provisioning({
    nodes,
    nodeLife,
    hooks: () => collections.hooks.values(),
    deliver,
    events,
    clock,
    log,
  })
  const nodeMerges = new NodeMerges({ nodes, clock, jobsOf: (nodeId) => jobsOfNodes.unendedOf(nodeId) })
  const hello = new NodeHello({
    nodes,
    clock,
    log,
    identityMode,
    isAtWork: (nodeId) => jobsOfNodes.isHere(nodeId) && leases.wasRenewedWithin(nodeId, beatSeconds * 1000),
    onDoubted,
    onDrifted: (node, reason) => events.emit({ type: 'node.drifted', node: nodes.view(node), reason }),
    welcome: (node) => nodeLife.welcome(node),
  })
  return { nodes, classes, nodeLife, provisioning, nodeMerges, hello }
}
