// Files that stand for disks: a table and one boot partition, which is copied whole and needs no tool.
import { open, readFile, truncate, writeFile } from 'node:fs/promises'
import type { Disk } from '../../src/contract/inventory.ts'
import { encodeGpt } from '../../src/imaging/gpt.ts'
import type { ImagingTools } from '../../src/winpe-agent/imaging/imaging-tools.ts'

const MiB = 1024 * 1024
const SIZE = 48 * MiB
/** The partition: bytes START to END of the disk. */
export const START = MiB
export const END = 41 * MiB
export const TABLE_ID = '5b3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11'

const imaging: ImagingTools = {
  partitionPath: (path, number) => `${path}${number}`,
  usedExtents: async () => [],
  usedExtentsOf: async () => [],
  writeCount: async () => undefined,
  dropCaches: async () => undefined,
  announcePartitions: async () => undefined,
  growFilesystem: async () => undefined,
  shrinkFilesystem: async () => undefined,
  checkFilesystem: async () => ({ kind: 'whole' }),
  checkFilesystemOf: async () => ({ kind: 'whole' }),
  probeAll: async () => undefined,
  whoHolds: () => [],
  discard: async () => 0,
  whileMounted: async (path, _content, _access, _run, work) => work(path),
}
export const FILE_TOOLS = { disks: { findings: async () => ({ tableId: undefined, found: [] }) }, imaging }

/** As FILE_TOOLS, where the target holds a version already. */
export const TOOLS_OF_OWN_DISK = {
  ...FILE_TOOLS,
  disks: { findings: async () => ({ tableId: TABLE_ID, found: ['a GPT'] }) },
}

export async function blankDisk(devicePath: string): Promise<Disk> {
  await writeFile(devicePath, '')
  await truncate(devicePath, SIZE)
  const sectors = { logicalSectorBytes: 512, physicalSectorBytes: 512 }
  return { devicePath, sizeBytes: SIZE, ...sectors, isRotational: false, isRemovable: false, isReadOnly: false }
}

/** No two of its pages are the same. */
export async function filledDisk(devicePath: string): Promise<Disk> {
  const disk = await blankDisk(devicePath)
  const partition = { typeId: '21686148-6449-6e6f-744e-656564454649', attributes: '0'.repeat(16), name: 'data' }
  const table = {
    kind: 'gpt',
    id: TABLE_ID,
    entryCount: 128,
    firstUsableBytes: 34 * 512,
    bootCode: '',
    partitions: [
      { ...partition, number: 1, startBytes: START, sizeBytes: END - START, id: '0a3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11' },
    ],
  } as const
  const bytes = await readFile(devicePath)
  for (let at = START; at < END; at += 4096) bytes.writeUInt32LE(at ^ 0x5bd1e995, at)
  const geometry = { sizeBytes: SIZE, sectorBytes: 512 }
  for (const { offset, bytes: part } of encodeGpt({ ...table, partitions: [...table.partitions] }, geometry))
    bytes.set(part, offset)
  await writeFile(devicePath, bytes)
  return disk
}

export async function writeOn({ devicePath }: Pick<Disk, 'devicePath'>, offset: number, bytes: Uint8Array): Promise<void> {
  await using file = await open(devicePath, 'r+')
  await file.write(bytes, 0, bytes.length, offset)
}
