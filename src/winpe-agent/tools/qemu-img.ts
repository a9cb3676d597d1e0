// qemu-img on files that anybody may have made: always with the format by name and the file as a file, so that neither a guess nor
// a name such as nbd:host reaches for anything else. Starts qemu-img.
import { resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { Run } from '../machine.ts'
import { toolMissing } from './filter-process.ts'
import { superviseCommand } from './run-command.ts'

/** In QEMU's words; VHD is vpc there. */
export type QemuFormat = 'raw' | 'qcow2' | 'vmdk' | 'vpc' | 'vhdx' | 'vdi'

export interface QemuFile {
  readonly path: string
  readonly format: QemuFormat
}

export interface QemuInfo {
  readonly sizeBytes: number
  /** What it is a difference to, when it is one. */
  readonly backingFile: string | undefined
}

const TOOL = { tool: 'qemu-img', debianPackage: 'qemu-utils' }

/** Opens the file, but nothing that it is a difference to. */
export async function qemuInfo(file: QemuFile, run: Run): Promise<QemuInfo> {
  const info = JSON.parse(await qemuImg(['info', '--output=json', nodeOf(file)], run)) as Record<string, unknown>
  const backing = info['full-backing-filename'] ?? info['backing-filename']
  return { sizeBytes: Number(info['virtual-size']), backingFile: backing === undefined ? undefined : String(backing) }
}

/** Bytes that a raw copy with holes needs at most. */
export async function qemuRequiredBytes(file: QemuFile, run: Run): Promise<number> {
  const measured = JSON.parse(await qemuImg(['measure', '--output=json', '-O', 'raw', nodeOf(file)], run)) as { required: number }
  return measured.required
}

/** options: in qemu-img's words, for the new file. */
export async function qemuConvert(from: QemuFile, to: QemuFile, run: Run, options = ''): Promise<void> {
  const args = ['convert', '-O', to.format, ...(options === '' ? [] : ['-o', options]), nodeOf(from), resolve(to.path)]
  await qemuImg(args, run)
}

/** Reads both through and throws IMAGE_VERIFY_FAILED when they differ in one byte. */
export async function qemuCompare(a: QemuFile, b: QemuFile, run: Run): Promise<void> {
  const { exitCode, lastLines } = await superviseCommand('qemu-img', ['compare', nodeOf(a), nodeOf(b)], { signal: run.signal })
  if (exitCode === 0) return
  throw new AppError(
    'IMAGE_VERIFY_FAILED',
    `${b.path} does not hold what it was made of: ${lastLines.join(' ')}`,
    'Try again; a disk that loses what is written to it is to be replaced.',
  )
}

async function qemuImg(args: readonly string[], run: Run): Promise<string> {
  const { exitCode, output, problem, lastLines } = await superviseCommand('qemu-img', args, { signal: run.signal })
  if (exitCode === 0) return output.join('\n')
  if (problem?.includes('ENOENT') === true) throw toolMissing(TOOL)
  throw new AppError(
    'IMAGE_FILE_INVALID',
    `qemu-img ${args[0]} says: ${problem ?? lastLines.join(' ')}`,
    'Look at the file with `qemu-img info FILE` and `qemu-img check FILE`; copy or download it again when it was cut.',
  )
}

/**
 * VHD: the size is the one that its footer states. By default qemu-img counts cylinders, heads and sectors for files of some
 * programs, and cuts the end of the disk off.
 */
function nodeOf({ path, format }: QemuFile): string {
  const file = { driver: 'file', filename: resolve(path) }
  return `json:${JSON.stringify({ driver: format, ...(format === 'vpc' ? { force_size_calc: 'current_size' } : {}), file })}`
}
