// Merging and splitting nodes by hand, where the score was wrong: checks that nothing is at work on them, and keeps the outcome.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import { mergeNodes, splitNode } from './merge.ts'
import { freeName } from './names.ts'
import type { Nodes } from './nodes.ts'
import type { NodeRecord } from './record.ts'

interface NodeMergesDeps {
  readonly nodes: Nodes
  readonly clock: Clock
  /** Jobs that have not ended and are for this node or on it. */
  readonly jobsOf: (nodeId: string) => readonly string[]
}

export class NodeMerges {
  readonly #deps: NodeMergesDeps

  constructor(deps: NodeMergesDeps) {
    this.#deps = deps
  }

  /** The first becomes part of the second, and its record is gone. */
  async merge(idOrName: string, intoIdOrName: string): Promise<NodeRecord> {
    const { nodes, clock } = this.#deps
    const [gone, kept] = [nodes.find(idOrName), nodes.find(intoIdOrName)]
    if (gone.id === kept.id) {
      throw new AppError(
        'NODE_MERGE_REFUSED',
        `${kept.name} is one node already`,
        'Name two different nodes; see `platen node list`.',
      )
    }
    this.#refuseBusy(gone)
    return nodes.merge(mergeNodes(kept, gone, instantOf(clock.now())), gone.id)
  }

  /** Gives the new node. */
  async split(idOrName: string, mac: string, name: string | undefined): Promise<NodeRecord> {
    const { nodes, clock } = this.#deps
    const node = nodes.find(idOrName)
    this.#refuseBusy(node)
    if (!node.bootMacs.includes(mac) || node.bootMacs.length === 1) {
      const known = node.bootMacs.join(', ')
      throw new AppError(
        'NODE_SPLIT_REFUSED',
        `${mac} cannot be split from ${node.name}, which booted from ${known}`,
        'Name one of several addresses that it booted from.',
      )
    }
    const id = randomUUID()
    const chosen = name === undefined ? nodes.nextName() : freeName(name, id, (each) => nodes.ownerOf(each))
    const { rest, newcomer } = splitNode(node, mac, { id, name: chosen }, instantOf(clock.now()))
    return nodes.split(rest, newcomer)
  }

  #refuseBusy({ id, name }: NodeRecord): void {
    const [jobId] = this.#deps.jobsOf(id)
    if (jobId === undefined) return
    throw new AppError(
      'NODE_BUSY',
      `${name} has job ${jobId}`,
      `Wait for its end, or end it with \`platen job cancel ${jobId}\`.`,
    )
  }
}
