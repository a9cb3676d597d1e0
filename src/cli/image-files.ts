// What commands that read or write image files share: the words for formats, and the way of lines and progress to the person.
import type { ExportFormat } from '../winpe-agent/index.ts'
import type { FileTalk } from './api.ts'
import { usage } from './arguments.ts'
import type { CommandContext } from './command.ts'

const FORMATS: readonly ExportFormat[] = ['bundle', 'raw', 'qcow2']

export function formatNamed(command: string, text: string): ExportFormat {
  const format = FORMATS.find((one) => one === text)
  if (format !== undefined) return format
  throw usage(command, `--format is one of ${FORMATS.join(', ')}, not "${text}"`)
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
