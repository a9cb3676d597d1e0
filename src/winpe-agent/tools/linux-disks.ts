// Disks under Linux: what is on them, tables, filesystems. Starts sfdisk, wipefs, blkid and the mkfs tools; writes to disks.
import { open, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../contract/errors.ts'
import { SIGNATURE_BYTES } from '../../imaging/disk-signature.ts'
import type { Extent } from '../../imaging/extents.ts'
import { filesystemId } from '../../imaging/filesystem-id.ts'
import type { DiskFindings } from '../../imaging/foreign-disk.ts'
import { readAt } from '../imaging/open-disk.ts'
import type { DiskTools, Run } from '../machine.ts'
import type { TablePlan } from '../steps/disk-layout.ts'
import { announcePartitions } from './announce-partitions.ts'
import { makeFilesystem } from './mkfs.ts'
import { runCommand, superviseCommand } from './run-command.ts'

const DEVICE_WAIT_MS = 100
const DEVICE_WAIT_TIMES = 100

export const linuxDisks: DiskTools = { findings, partitionPath, writeTable, makeFilesystem, setTableId }

/** A name that ends in a digit gets a p between: /dev/nvme0n1p1, /dev/loop0p1 (as the kernel names them). */
export function partitionPath(devicePath: string, number: number): string {
  return `${devicePath}${/\d$/.test(devicePath) ? 'p' : ''}${number}`
}

async function findings(devicePath: string, run: Run): Promise<DiskFindings> {
  const table = await readTable(devicePath, run)
  const sectorBytes = table?.sectorBytes ?? 512
  const nodes = [{ node: devicePath, start: 0 }, ...(table?.partitions ?? [])]
  const found: string[] = []
  const signatures: Extent[] = []
  for (const { node, start } of nodes) {
    const there = await signaturesOn(node, run)
    for (const type of new Set(there.map((each) => each.type))) found.push(`${type} on ${node}`)
    signatures.push(
      ...there.map(({ offset, length }) => ({ offset: start * sectorBytes + Number(offset), length: Number(length) })),
    )
  }
  if (table !== undefined && table.partitions.length > 0)
    found.unshift(`a ${table.label} table with ${table.partitions.length} partitions`)
  return { tableId: table?.id.toLowerCase() ?? (await idWithoutTable(devicePath)), found, signatures }
}

interface WipefsSignature {
  readonly offset: string
  readonly length: string
  readonly type: string
}

async function signaturesOn(node: string, { signal }: Run): Promise<readonly WipefsSignature[]> {
  const args = ['--json', '--no-act', '--output', 'OFFSET,LENGTH,TYPE', node]
  const answer = await runCommand('wipefs', args, { signal }).catch(() => '')
  const { signatures = [] } = (answer.trim() === '' ? {} : JSON.parse(answer)) as { signatures?: WipefsSignature[] }
  return signatures
}

/** A disk that is one filesystem is known by the id of that. */
async function idWithoutTable(devicePath: string): Promise<string | undefined> {
  const disk = await open(devicePath)
  try {
    return filesystemId(await readAt(disk, 0, SIGNATURE_BYTES))
  } finally {
    await disk.close()
  }
}

interface SfdiskTable {
  readonly label: string
  readonly id: string
  readonly sectorBytes: number
  readonly partitions: readonly { readonly node: string; readonly start: number }[]
}

async function readTable(devicePath: string, { signal }: Run): Promise<SfdiskTable | undefined> {
  const { exitCode, output } = await superviseCommand('sfdisk', ['--json', devicePath], { signal })
  if (exitCode !== 0) return undefined
  const { partitiontable } = JSON.parse(output.join('\n')) as {
    partitiontable: { label: string; id: string; sectorsize?: number; partitions?: [] }
  }
  const { label, id, sectorsize: sectorBytes = 512, partitions = [] } = partitiontable
  return { label, id, sectorBytes, partitions }
}

async function writeTable(devicePath: string, plan: TablePlan, run: Run): Promise<void> {
  await eraseSignatures(devicePath, run)
  await runCommand('sfdisk', ['--quiet', '--wipe', 'always', '--wipe-partitions', 'always', devicePath], {
    ...run,
    input: sfdiskScript(plan),
  })
  await announcePartitions(devicePath, run)
  for (const { number } of plan.partitions) await deviceAppears(partitionPath(devicePath, number), run)
}

/** Signatures inside old partitions would be found again by a new partition that begins at the same place. */
async function eraseSignatures(devicePath: string, run: Run): Promise<void> {
  const table = await readTable(devicePath, run)
  for (const { node } of table?.partitions ?? []) {
    if (await exists(node)) await runCommand('wipefs', ['--all', '--force', '--quiet', node], run)
  }
  await runCommand('wipefs', ['--all', '--force', '--quiet', devicePath], run)
}

export function sfdiskScript({ tableId, partitions }: TablePlan): string {
  const rows = partitions.map(
    ({ startSector, sectorCount, typeGuid, guid, name, attributes }) =>
      `start=${startSector}, size=${sectorCount}, type=${typeGuid}, uuid=${guid}, name="${name}"${attrsOf(attributes)}`,
  )
  return ['label: gpt', `label-id: ${tableId}`, 'unit: sectors', ...rows, ''].join('\n')
}

const attrsOf = (attributes: readonly string[]): string => (attributes.length === 0 ? '' : `, attrs="${attributes.join(',')}"`)

async function setTableId(devicePath: string, tableId: string, run: Run): Promise<void> {
  await runCommand('sfdisk', ['--quiet', '--disk-id', devicePath, tableId], run)
  await announcePartitions(devicePath, run)
}

async function deviceAppears(path: string, { signal }: Run): Promise<void> {
  for (let times = 0; times < DEVICE_WAIT_TIMES; times++) {
    if (await exists(path)) return
    await pause(DEVICE_WAIT_MS, undefined, { signal })
  }
  throw new AppError(
    'AGENT_COMMAND_FAILED',
    `${path} did not appear within ${(DEVICE_WAIT_MS * DEVICE_WAIT_TIMES) / 1000} s after the table was written`,
    'The kernel may still use the old table: restart the machine, the job goes on by itself.',
  )
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
