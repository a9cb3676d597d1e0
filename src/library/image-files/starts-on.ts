// What a version starts on, by its content: the processor type of its system and of its boot loaders, and by which firmware it is found.
// Reads the filesystems of its first disk through threads, which takes seconds; writes nothing. What cannot be read says nothing.
//
//   system    /sbin/init is an ELF file for a processor (System V ABI, e_machine); /Windows/System32/ntoskrnl.exe a PE file (COFF, Machine)
//   loaders   EFI/BOOT/BOOTX64.EFI, BOOTAA64.EFI (UEFI specification, 3.5.1.1)
//   bios      the first sector has code
import { AppError } from '../../contract/errors.ts'
import type { DiskManifest, ImageVersionView } from '../../contract/image.ts'
import type { Architecture, Firmware } from '../../contract/values.ts'
import { type ImageFilesReader, placesOf } from './image-files.ts'

export interface StartsOn {
  readonly architecture?: Architecture
  readonly firmware?: Firmware[]
}

export interface Seen {
  /** Of what runs when it has started. */
  readonly system?: Architecture
  readonly loaders: readonly Architecture[]
  readonly hasBootCode: boolean
  /** There is a partition in which a loader could be, whether one was found or not. */
  readonly hasPlaceForLoaders: boolean
}

export function judgeSeen({ system, loaders, hasBootCode, hasPlaceForLoaders }: Seen): StartsOn {
  const types = [...new Set(loaders)]
  // A boot partition may serve several types; the system is of one.
  const architecture = system ?? (types.length === 1 ? types[0] : undefined)
  const isByBios = hasBootCode && architecture !== 'arm64'
  const isByUefi = architecture === undefined ? types.length > 0 : types.includes(architecture)
  const isKnown = isByUefi || (isByBios && !hasPlaceForLoaders)
  const firmware: Firmware[] = [...(isByBios ? (['bios'] as const) : []), ...(isByUefi ? (['uefi'] as const) : [])]
  return { ...(architecture === undefined ? {} : { architecture }), ...(isKnown ? { firmware } : {}) }
}

const LOADERS: Readonly<Record<string, Architecture>> = { 'bootx64.efi': 'x64', 'bootaa64.efi': 'arm64' }

type Files = Pick<ImageFilesReader, 'list' | 'content'>
type Version = Pick<ImageVersionView, 'imageName' | 'version'>

export async function lookAt(disk: DiskManifest, { imageName, version }: Version, files: Files): Promise<Seen> {
  const loaders: Architecture[] = []
  let system: Architecture | undefined
  let hasPlaceForLoaders = false
  for (const { partition, content } of placesOf(disk)) {
    const at = { disk: 1, partition }
    if (content === 'fat') {
      hasPlaceForLoaders = true
      const found = await unlessUnread(files.list(imageName, version, { ...at, path: '/EFI/BOOT' }))
      loaders.push(...(found?.files ?? []).flatMap(({ name }) => LOADERS[name.toLowerCase()] ?? []))
    }
    const path = content === 'ext' ? '/sbin/init' : content === 'ntfs' ? '/Windows/System32/ntoskrnl.exe' : undefined
    if (path !== undefined) system ??= await unlessUnread(processorOfFile(files, { imageName, version }, { ...at, path }))
  }
  return {
    ...(system === undefined ? {} : { system }),
    loaders,
    hasBootCode: bootCodeOf(disk).some((byte) => byte !== 0),
    hasPlaceForLoaders,
  }
}

const BOOT_CODE_BYTES = 440
function bootCodeOf({ table }: DiskManifest): Uint8Array {
  switch (table.kind) {
    case 'gpt':
      return Buffer.from(table.bootCode, 'base64')
    case 'mbr':
      return Buffer.from(table.records[0]!.bytes, 'base64').subarray(0, BOOT_CODE_BYTES)
    case 'none':
      return new Uint8Array()
  }
}

async function processorOfFile(
  files: Files,
  { imageName, version }: Version,
  query: { readonly disk: number; readonly partition: number; readonly path: string },
): Promise<Architecture | undefined> {
  const enough = new AbortController()
  const { bytes } = await files.content(imageName, version, query, enough.signal)
  for await (const head of bytes) return processorOf(Buffer.from(head))
  return undefined
}

const ELF: Readonly<Record<number, Architecture>> = { 62: 'x64', 183: 'arm64' }
const PE: Readonly<Record<number, Architecture>> = { 34404: 'x64', 43620: 'arm64' }

/** Of a program, by its first bytes; undefined: it is none, or for another processor. */
export function processorOf(head: Buffer): Architecture | undefined {
  if (head.length >= 20 && head.readUInt32BE(0) === 0x7f454c46) return ELF[head.readUInt16LE(18)]
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return undefined
  const at = head.readUInt32LE(60)
  if (at + 6 > head.length || head.toString('latin1', at, at + 4) !== 'PE\0\0') return undefined
  return PE[head.readUInt16LE(at + 4)]
}

/** A filesystem that cannot be read, and a file that is not there, say nothing. */
async function unlessUnread<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (error instanceof AppError) return undefined
    throw error
  })
}
