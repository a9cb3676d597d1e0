// Which command the first words name. Pure.
import { AppError } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'
import type { Command } from './command.ts'

export interface Found {
  readonly command: Command
  /** What is left for the command. */
  readonly argv: readonly string[]
}

/** A group alone ("platen job") is answered with what it has. */
export function findCommand(commands: readonly Command[], argv: readonly string[]): Found {
  for (const length of [2, 1]) {
    const command = commands.find(({ name }) => name === argv.slice(0, length).join(' '))
    if (command !== undefined) return { command, argv: argv.slice(length) }
  }
  const [group = ''] = argv
  const members = commands.filter(({ name }) => name.startsWith(`${group} `)).map(({ name }) => name)
  const names = members.length > 0 ? members : commands.map(({ name }) => name)
  const typed = argv.slice(0, 2).join(' ')
  const meant = argv.length > 1 ? nearest(typed, names) : undefined
  const list = members.length > 0 ? `There are: ${members.join(', ')}.` : '`platen --help` lists all commands.'
  throw new AppError(
    'CLI_USAGE',
    `no command "${typed}"`,
    meant === undefined ? list : `Did you mean \`platen ${meant}\`? ${list}`,
  )
}
