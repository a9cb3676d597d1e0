// What commands that read or write image files share: the words for formats and sizes, and the way of lines and progress to the person.
import type { ExportFormat, PackWish } from '../winpe-agent/index.ts'
import type { FileTalk } from './api.ts'
import { usage } from './arguments.ts'
import type { CommandContext } from './command.ts'

const FORMATS: readonly ExportFormat[] = ['bundle', 'raw', 'qcow2', 'vmdk', 'vhd', 'vhdx', 'vdi']
const PACKINGS: readonly PackWish[] = ['zstd', 'gzip', 'xz']
const UNITS = ['', 'K', 'M', 'G', 'T', 'P']

export function formatNamed(command: string, text: string): ExportFormat {
  return oneOf(command, 'format', FORMATS, text)
}

export function packingNamed(command: string, text: string | undefined): PackWish | undefined {
  return text === undefined ? undefined : oneOf(command, 'compress', PACKINGS, text)
}

export function sectorSizeNamed(command: string, text: string | undefined): 512 | 4096 | undefined {
  return text === undefined ? undefined : Number(oneOf(command, 'sector-size', ['512', '4096'], text)) === 512 ? 512 : 4096
}

/** 2T, 500G, 1024: bytes, in steps of 1024. */
export function sizeNamed(command: string, option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, digits = '', unit = ''] = /^(\d+)([KMGTP]?)$/i.exec(text) ?? []
  const bytes = Number(digits) * 1024 ** UNITS.indexOf(unit.toUpperCase())
  if (digits !== '' && bytes > 0 && Number.isSafeInteger(bytes)) return bytes
  throw usage(command, `--${option} is a size such as 500G or 2T, not "${text}"`)
}

function oneOf<T extends string>(command: string, option: string, words: readonly T[], text: string): T {
  const found = words.find((one) => one === text)
  if (found !== undefined) return found
  throw usage(command, `--${option} is one of ${words.join(', ')}, not "${text}"`)
}

export function fileTalk({ out, signal }: Pick<CommandContext, 'out' | 'signal'>): FileTalk {
  return {
    signal,
    log(line) {
      out.endProgress()
      out.printError(line)
    },
    progress: ({ minorState, percent, secondsLeft }) => out.progress({ percent, text: minorState, secondsLeft }),
  }
}
