// The command line as a person types it, on an appliance that is a fixed one and a terminal that only remembers.
import type { CommandContext } from '../../src/cli/command.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { execute } from '../../src/cli/execute.ts'
import { findCommand } from '../../src/cli/find-command.ts'
import { FixedOperatorApi } from './fixed-operator-api.ts'
import { contextWith, RecordedOutput } from './recorded-output.ts'

export class CommandLine {
  readonly api = new FixedOperatorApi()
  readonly out = new RecordedOutput()

  /** A line without its first word; gives the exit status. */
  run(line: string, own: Partial<CommandContext> = {}): Promise<number> {
    const { command, argv } = findCommand(COMMANDS, line.split(' '))
    return execute(command, argv, { ...this.context(), ...own })
  }

  context(): CommandContext {
    return contextWith(this.api, this.out)
  }
}
