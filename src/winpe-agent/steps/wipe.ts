// wipe: erases disks for ever, by what each can do best, reads places of them back, and shows the appliance what stands there. A pattern is put at
// these places before, so that something is there that has to go. Nothing of what the disks held is left.
import type { FileHandle } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import type { Disk } from '../../contract/inventory.ts'
import { OutcomeAnswer } from '../../contract/outcome.ts'
import type { WipedDisk, WipeMethod, WipeStep } from '../../contract/wipe.ts'
import { chooseDisks } from '../../imaging/choose-disk.ts'
import { refuseForeignDisk } from '../../imaging/foreign-disk.ts'
import { digestOfBytes, patternAt, patternFrom, SAMPLE_BYTES, samplePlaces } from '../../imaging/wipe-samples.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { readAt, withDisk, writeAt } from '../imaging/open-disk.ts'
import type { DiskTools, Run } from '../machine.ts'
import type { Performer, StepContext } from '../performer.ts'
import { chooseMethod, describeWipe, type WipeAbilities } from './wipe-plan.ts'

export interface WipeTools {
  abilities(devicePath: string, run: Run): Promise<WipeAbilities>
  /** Returns when the drive is through with it. */
  erase(devicePath: string, method: Exclude<WipeMethod, 'overwrite'>, run: Run): Promise<void>
}

export interface WipeDeps {
  readonly disks: Pick<DiskTools, 'findings'>
  readonly imaging: Pick<ImagingTools, 'dropCaches' | 'announcePartitions' | 'whoHolds'>
  readonly wipe: WipeTools
}

interface Planned {
  readonly disk: Disk
  readonly method: WipeMethod
}

/** Written at once. */
const PIECE_BYTES = 4 * 1024 * 1024

export function wipePerformer(deps: WipeDeps): Performer<'wipe'> {
  return async (step, context) => {
    const chosen = chooseDisks([step.disk, ...(step.moreDisks ?? [])], context.inventory.disks)
    const plans: Planned[] = []
    // All of it is planned, printed and agreed to before the first byte of the first disk goes.
    for (const disk of chosen) plans.push(await plan(disk, step, deps, context))
    const done: WipedDisk[] = []
    const meter = { doneBytes: 0, totalBytes: chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
    for (const each of plans) {
      done.push(await wipe(each, step, deps, context, meter))
      meter.doneBytes += each.disk.sizeBytes
    }
    await show(done, context)
    return { transfer: { bytesWritten: meter.totalBytes } }
  }
}

/** Throws AGENT_DISK_HAS_DATA: nothing on a disk is "ours" here, what is there is lost. */
async function plan(disk: Disk, step: WipeStep, { disks, wipe }: WipeDeps, context: StepContext): Promise<Planned> {
  const findings = await disks.findings(disk.devicePath, context)
  const abilities = await wipe.abilities(disk.devicePath, context)
  const method = chooseMethod(disk, abilities, step.method)
  for (const line of describeWipe(disk, abilities, method, findings.found, step.samples)) context.log(line)
  refuseForeignDisk(disk.devicePath, findings, { eraseForeignData: step.eraseForeignData, knownTableIds: [] })
  return { disk, method }
}

interface Meter {
  readonly doneBytes: number
  readonly totalBytes: number
}

async function wipe(
  { disk, method }: Planned,
  { seed, samples }: WipeStep,
  deps: WipeDeps,
  context: StepContext,
  { doneBytes, totalBytes }: Meter,
): Promise<WipedDisk> {
  const { devicePath, sizeBytes } = disk
  const { imaging } = deps
  const places = samplePlaces(seed, sizeBytes, samples)
  const startedAt = new Date().toISOString()
  const tell = (minorState: string, bytes: number) =>
    context.progress({
      minorState,
      percent: (100 * (doneBytes + bytes)) / Math.max(1, totalBytes),
      transfer: { bytesWritten: doneBytes + bytes },
    })
  const opened = { whoHolds: imaging.whoHolds, signal: context.signal }
  const read = async () => {
    await imaging.dropCaches(devicePath, context)
    return withDisk(devicePath, 'read', (handle) => digestsAt(handle, places), opened)
  }

  tell(`marking ${devicePath}`, 1)
  if (method !== 'overwrite') await withDisk(devicePath, 'write', (handle) => mark(handle, seed, places), opened)
  const before = await read()
  context.log(`${devicePath}: ${method} begins`)
  if (method === 'overwrite') {
    const told = (bytes: number) => tell(`overwriting ${devicePath}`, bytes)
    await withDisk(devicePath, 'write', (handle) => overwrite(handle, seed, sizeBytes, context.signal, told), opened)
  } else {
    tell(`${devicePath}: ${method}`, 1)
    await deps.wipe.erase(devicePath, method, context)
  }
  tell(`reading ${devicePath} back`, sizeBytes)
  const after = await read()
  const endedAt = new Date().toISOString()
  // What the kernel knew of partitions is gone; that it cannot look now is no reason to fail.
  await imaging.announcePartitions(devicePath, context).catch(() => undefined)
  const rows = places.map((offset, index) => ({ offset, before: before[index]!, after: after[index]! }))
  return { ...nameOf(disk), sizeBytes, method, startedAt, endedAt, samples: rows }
}

async function mark(handle: FileHandle, seed: string, places: readonly number[]): Promise<void> {
  for (const offset of places) await writeAt(handle, offset, patternAt(seed, offset, SAMPLE_BYTES))
  await handle.sync()
}

async function overwrite(
  handle: FileHandle,
  seed: string,
  sizeBytes: number,
  signal: AbortSignal,
  tell: (bytes: number) => void,
): Promise<void> {
  const next = patternFrom(seed, 0)
  for (let offset = 0; offset < sizeBytes; offset += PIECE_BYTES) {
    signal.throwIfAborted()
    await writeAt(handle, offset, next(Math.min(PIECE_BYTES, sizeBytes - offset)))
    tell(offset)
  }
  await handle.sync()
}

async function digestsAt(handle: FileHandle, places: readonly number[]): Promise<string[]> {
  const digests: string[] = []
  for (const offset of places) digests.push(digestOfBytes(await readAt(handle, offset, SAMPLE_BYTES)))
  return digests
}

function nameOf({ serial, wwn, model, byPath }: Disk): Pick<WipedDisk, 'serial' | 'wwn' | 'model' | 'byPath'> {
  return {
    ...(serial === undefined ? {} : { serial }),
    ...(wwn === undefined ? {} : { wwn }),
    ...(model === undefined ? {} : { model }),
    ...(byPath === undefined ? {} : { byPath }),
  }
}

/** Throws AGENT_WIPE_UNPROVEN. */
async function show(disks: readonly WipedDisk[], { client, jobId, leaseId, signal, log }: StepContext): Promise<void> {
  const path = `/jobs/${encodeURIComponent(jobId)}/outcome`
  const answer = await client.post(path, { leaseId, kind: 'wipe', disks }, OutcomeAnswer, signal)
  for (const line of answer.lines) log(line)
  if (answer.isProven) return
  throw new AppError(
    'AGENT_WIPE_UNPROVEN',
    `the disks are not proven to be wiped: ${answer.lines.join('; ')}`,
    'There is no certificate. Wipe again with another --method (overwrite works on every disk); a disk that still holds what was written should be destroyed.',
  )
}
