// The text of --help, for one command and for all. Pure.
import type { Command } from './command.ts'
import { table } from './table.ts'

export function usageOf({ name, words, options }: Pick<Command, 'name' | 'words' | 'options'>): string {
  return ['platen', name, ...words, ...(Object.keys(options).length > 0 ? ['[options]'] : [])].join(' ')
}

export function helpOf(command: Command): string {
  const options = Object.entries(command.options).map(([name, { type, value = 'TEXT', description }]) => [
    type === 'boolean' ? `  --${name}` : `  --${name} ${value}`,
    description,
  ])
  return [
    command.summary,
    '',
    `usage: ${usageOf(command)}`,
    ...(options.length > 0 ? ['', 'options:', table(options)] : []),
    ...(command.examples === undefined ? [] : ['', 'examples:', ...command.examples.map((line) => `  ${line}`)]),
  ].join('\n')
}

export function overviewOf(commands: readonly Command[]): string {
  const rows = commands.map((command) => [`  ${[command.name, ...command.words].join(' ')}`, command.summary])
  return [
    'Platen presses disk images onto bare machines.',
    '',
    'usage: platen <command> [options]',
    '',
    table(rows),
    '',
    '`platen <command> --help` tells more. Options of the connection may stand in PLATEN_URL, PLATEN_TOKEN_FILE and PLATEN_CA_FILE.',
  ].join('\n')
}
