// The frame that runs a command: its help or its work, and a failure turned into words and an exit code.
import { AppError, ERROR_CODES } from '../contract/errors.ts'
import type { Command, CommandContext, Output } from './command.ts'
import { helpOf } from './help.ts'

/** Runs one command and gives its exit code; only program.ts says how the process ends. */
export async function execute(command: Command, argv: readonly string[], context: CommandContext): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    context.out.print(helpOf(command))
    return 0
  }
  try {
    await command.run(argv, context)
    return 0
  } catch (error) {
    return reportFailure(error, context.out)
  }
}

/** A failure that a person can act on in its words, with its exit code; anything else is a fault of ours and goes on. */
export function reportFailure(error: unknown, out: Output): number {
  out.endProgress()
  if (!(error instanceof AppError)) throw error
  out.printError(`${error.code}: ${error.message}\n${error.hint}`)
  return ERROR_CODES[error.code].exit
}
