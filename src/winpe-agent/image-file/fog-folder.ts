// An image folder of FOG: what is a disk, where its partitions are, which files hold them. Only reads.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { fogPiece, orderPieces } from '../../imaging/image-pieces.ts'
import { gptCopies, isGptBackup, type PartitionPlace, savedGptOf, savedGptOfBackup } from '../../imaging/saved-gpt.ts'
import { layOutSavedMbr, numberOf } from '../../imaging/saved-mbr.ts'
import { parseSfdiskDump } from '../../imaging/sfdisk-dump.ts'
import type { SavedContent, SavedDisk, SavedPartition } from './assemble-disk.ts'

export const isFog = (names: readonly string[]): boolean => names.some((name) => /^d\d+(\.mbr|\.partitions|p\d+\.img)/.test(name))

const SWAP_TYPE = 0x82
const BOOT_CODE_BYTES = 440

interface Folder {
  readonly path: string
  readonly names: readonly string[]
}

export async function fogDisks(path: string, names: readonly string[]): Promise<SavedDisk[]> {
  const volume = names.find((name) => /^d\d+p\d+\.lvm$/.test(name))
  if (volume !== undefined) throw unsupported(`it holds logical volumes (LVM): ${volume}`)
  const numbers = new Set(names.flatMap((name) => /^d(\d+)(?:\.mbr|\.partitions|p\d+\.img)/.exec(name)?.[1] ?? []).map(Number))
  return Promise.all([...numbers].sort((a, b) => a - b).map((disk) => diskOf(disk, { path, names })))
}

async function diskOf(disk: number, folder: Folder): Promise<SavedDisk> {
  const read = (name: string) => (folder.names.includes(name) ? readFile(join(folder.path, name)) : undefined)
  const text = async (...suffixes: string[]): Promise<string> => {
    for (const suffix of suffixes) {
      const found = await read(`d${disk}.${suffix}`)
      if (found !== undefined) return found.toString('latin1')
    }
    return ''
  }
  const dump = parseSfdiskDump(await text('partitions', 'original.partitions'))
  const head = await read(`d${disk}.mbr`)
  if (head === undefined) throw unsupported(`d${disk}.mbr is not there: nothing says how the disk begins`)
  const swaps = parseSwaps(await text('original.swapuuids'))
  const sectorBytes = dump.sectorBytes === 4096 ? 4096 : 512
  const common = { name: `d${disk}`, sectorBytes } as const
  if (dump.label === 'gpt' || isGptBackup(head) || head.toString('latin1', sectorBytes, sectorBytes + 8) === 'EFI PART') {
    const table = gptCopies(isGptBackup(head) ? savedGptOfBackup(head) : savedGptOf(head, sectorBytes), sectorBytes)
    const partitions = table.partitions.map((place) => withContent(disk, place, swaps, folder))
    const bootCode = (await read(`d${disk}.grub.mbr`))?.subarray(0, BOOT_CODE_BYTES)
    const writes = bootCode === undefined ? table.writes : [...table.writes, { offset: 0, bytes: bootCode }]
    return { ...common, sizeBytes: table.sizeBytes, writes, partitions }
  }
  const { writes, partitions, endBytes } = layOutSavedMbr({ head, dump: dump.partitions, sectorBytes })
  const ownBytes = Number((await text('size')).split(':')[1] ?? 0)
  return {
    ...common,
    sizeBytes: Math.max(Number.isSafeInteger(ownBytes) ? ownBytes : 0, endBytes),
    writes,
    partitions: partitions
      .filter(({ isContainer }) => !isContainer)
      .map((place) =>
        withContent(disk, place, place.typeId === SWAP_TYPE ? new Map([[place.number, ''], ...swaps]) : swaps, folder),
      ),
  }
}

function withContent(
  disk: number,
  place: PartitionPlace,
  swaps: ReadonlyMap<number, string>,
  { path, names }: Folder,
): SavedPartition {
  const { number, startBytes, sizeBytes } = place
  const pieces = new Map(
    names.flatMap((name) => ((piece) => (piece === undefined ? [] : [[name, piece] as const]))(fogPiece(name, disk, number))),
  )
  const uuid = swaps.get(number)
  const content: SavedContent =
    pieces.size > 0
      ? { kind: 'image', files: orderPieces(pieces).map((name) => join(path, name)), isCopy: false }
      : uuid === undefined
        ? { kind: 'none' }
        : { kind: 'swap', uuid, label: '' }
  return { number, startBytes, sizeBytes, content }
}

/** `5 UUID`, in older ones `sda5 UUID` or `/dev/sda5 UUID`; number -> UUID. */
function parseSwaps(text: string): Map<number, string> {
  return new Map(
    [...text.matchAll(/^(\S+)\s+([0-9a-fA-F-]{36})\s*$/gm)].map(([, node = '', uuid = '']) => [numberOf(node), uuid]),
  )
}

function unsupported(reason: string): AppError {
  return new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `this image folder of FOG cannot be read: ${reason}`,
    'Deploy it with FOG onto a disk, and capture that.',
  )
}
