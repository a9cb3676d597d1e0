// Signs the record that a deploy leaves on its disks, and takes what machines show of such records later.

import {
  type DiskRecord,
  type FoundRecords,
  RECORD_KIND,
  type RecordRequest,
  type SignedRecord,
  signedBytesOf,
} from '../../contract/disk-record.ts'
import { AppError } from '../../contract/errors.ts'
import type { Present } from '../../contract/present.ts'
import { diskIdsOf } from '../../imaging/disk-identity.ts'
import type { ImageService } from '../../library/index.ts'
import { type Clock, instantOf, type Log } from '../../store/index.ts'
import type { JobRecord } from '../job/record.ts'
import type { Reports } from '../job/reports.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { judgeRecord, nodeIdsOf, presentOf, type RecordKey, sameBut, worstOfEachDisk } from './judge.ts'

interface RecordDeskDeps {
  readonly nodes: Nodes
  readonly reports: Pick<Reports, 'atStep'>
  readonly images: Pick<ImageService, 'find'>
  readonly key: RecordKey
  /** Whatever it proved, its disks were looked at. */
  readonly onProven: (nodeId: string) => void
  readonly clock: Clock
  readonly log: Log
}

export class RecordDesk {
  readonly #deps: RecordDeskDeps
  /** The last good record that the running system of each node has shown. */
  readonly #shown = new Map<string, DiskRecord>()

  constructor(deps: RecordDeskDeps) {
    this.#deps = deps
  }

  /** Only under the lease of a job that is at this step: all before it are done and recorded. */
  async sign(nodeId: string, jobId: string, request: RecordRequest): Promise<readonly SignedRecord[]> {
    const { nodes, reports, key, clock } = this.#deps
    const job = reports.atStep(nodeId, jobId, request.leaseId, 'record')
    const node = nodes.find(nodeId)
    const image = this.#imageOf(job)
    refuseUntrue(request, image, node)
    const { disks } = request
    const packages = (node.installed?.packages ?? []).map(({ name, version }) => ({ name, version }))
    const common = { nodeId, jobId, at: instantOf(clock.now()), image, packages, diskCount: disks.length }
    const records = disks.map((disk, diskIndex): DiskRecord => ({ kind: RECORD_KIND, ...common, disk, diskIndex }))
    const { recordPlace: _before, ...rest } = node
    const { place } = request
    await nodes.change({ ...rest, ...(place === 'beside' ? {} : { recordPlace: place }) })
    if (place === 'none') return []
    return records.map((record) => ({ record, keyId: key.keyId, signature: key.sign(signedBytesOf(record)) }))
  }

  /**
   * For a running system whose packages changed: the record that it has proven to have, with what it has now. It names the job of the deploy
   * as before, so that the records on further disks still belong to it, and stands in the file alone.
   */
  async signAgain(nodeId: string, jobId: string, leaseId: string): Promise<SignedRecord> {
    const { nodes, reports, key, clock } = this.#deps
    const job = reports.atStep(nodeId, jobId, leaseId, 'record')
    const node = nodes.find(nodeId)
    const before = node.present?.record === 'good' ? this.#shown.get(nodeId) : undefined
    const { digest } = this.#imageOf(job)
    if (before === undefined || before.image.digest !== digest)
      throw refused(`the system of ${node.name} has not shown a good record`)
    const packages = (node.installed?.packages ?? []).map(({ name, version }) => ({ name, version }))
    const record: DiskRecord = { ...before, at: instantOf(clock.now()), packages }
    if (node.recordPlace !== 'file') await nodes.change({ ...node, recordPlace: 'file' })
    return { record, keyId: key.keyId, signature: key.sign(signedBytesOf(record)) }
  }

  /** What a running system has shown, and was found good. */
  noteShown(nodeId: string, record: DiskRecord | undefined): void {
    if (record === undefined) this.#shown.delete(nodeId)
    else this.#shown.set(nodeId, record)
  }

  /** What the agent found on all disks of its machine. On disk when it answers. */
  async prove(nodeId: string, { records }: FoundRecords): Promise<Present> {
    const { nodes, key, clock, log } = this.#deps
    const node = nodes.find(nodeId)
    const found = records.map(({ text, disk }) => ({
      disk,
      judged: judgeRecord({ text, disk, isFromOutside: true }, nodeIdsOf(node), key),
    }))
    const health = node.present?.health
    const seen = { said: 'boot-os', at: instantOf(clock.now()), ...(health === undefined ? {} : { health }) } as const
    const present = presentOf(worstOfEachDisk(found), seen)
    if (present.record !== 'good' && present.record !== 'missing')
      log.warn({ node: node.name, record: present.record }, present.reason ?? 'the record on its disk is not good')
    const provenDisks = found.filter(({ judged }) => judged.verdict === 'good').flatMap(({ disk }) => disk.ids)
    this.#deps.onProven(nodeId)
    const { mustProve, ...rest } = node
    // Where none could be left, that there is none says nothing: what the last deploy verified holds on.
    if (records.length === 0 && node.recordPlace === 'none') {
      if (mustProve === true) await nodes.change(rest)
      return present
    }
    const isSame =
      mustProve === undefined && sameBut(node.present, present) && provenDisks.join() === (node.provenDisks ?? []).join()
    if (!isSame) await nodes.change({ ...rest, present, provenDisks })
    return present
  }

  #imageOf({ pins }: JobRecord): DiskRecord['image'] {
    const { imageName: name, version, contentDigest: digest } = this.#deps.images.find(pins.imageName!, pins.imageVersion)
    return { name, version, digest }
  }
}

function refuseUntrue(
  { contentDigest, disks }: RecordRequest,
  { digest, name, version }: DiskRecord['image'],
  node: NodeRecord,
): void {
  if (contentDigest !== digest)
    throw refused(`the agent read back the content ${contentDigest}; that of ${name} version ${version} is ${digest}`)
  const known = new Set(node.inventory.disks.flatMap(diskIdsOf))
  for (const { ids } of disks) {
    const stranger = ids.find((id) => !known.has(id))
    if (stranger !== undefined) throw refused(`${node.name} showed no disk ${stranger} when it said hello`)
  }
}

function refused(message: string): AppError {
  return new AppError('JOB_RECORD_REFUSED', message, 'See the log of the job, then deploy again.')
}
