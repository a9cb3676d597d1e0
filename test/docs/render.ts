// docs/cli.md, made from what the commands say of themselves. Pure: `npx vitest -u run test/docs` writes it, a plain run compares.
import type { Command } from '../../src/cli/command.ts'
import { usageOf } from '../../src/cli/help.ts'
import { GENERATED } from './render-configuration.ts'

export function renderCommandLine(commands: readonly Command[]): string {
  const parts = commands.map((command) => [
    `## \`platen ${command.name}\``,
    '',
    command.summary,
    '',
    '```',
    usageOf(command),
    '```',
    '',
    ...optionTable(command),
    ...(command.examples === undefined ? [] : ['```', ...command.examples, '```', '']),
  ])
  return [GENERATED, ...COMMAND_LINE_INTRODUCTION, ...parts.flat()].join('\n')
}

function optionTable({ name, options }: Command): string[] {
  if (name === 'serve')
    return [
      'Every setting of [configuration.md](configuration.md) but the lists is a flag; besides them `--config FILE` and `--check`.',
      '',
    ]
  const rows = Object.entries(options).map(([option, { type, value = 'TEXT', description }]) => {
    const typed = type === 'boolean' ? `--${option}` : `--${option} ${value}`
    return `| \`${typed}\` | ${description.replaceAll('|', '\\|')} |`
  })
  return rows.length === 0 ? [] : ['| option | |', '|---|---|', ...rows, '']
}

export const EXIT_STATUS: Readonly<Record<number, string>> = {
  0: 'done',
  64: 'wrong usage',
  65: 'bad data',
  66: 'not there',
  69: 'no answer',
  70: 'a fault',
  73: 'cannot be made',
  74: 'input or output',
  75: 'not now',
  76: 'not understood',
  77: 'not allowed',
  78: 'bad configuration',
  130: 'interrupted',
}

const COMMAND_LINE_INTRODUCTION = [
  '# Command line',
  '',
  '`platen serve` is the appliance. `platen boot …` and `platen profile prepare` work on this machine. All others ask an appliance',
  'over its [HTTP API](ports-and-endpoints.md), by your [login](access.md) or the operator token that it wrote at its first start. The appliance of this machine is',
  'found by its [settings](configuration.md); `--url` and `--token-file`, or `PLATEN_URL` and `PLATEN_TOKEN_FILE`, name another.',
  '',
  '- [command-line.md](command-line.md) tells how to work with it: forms of output, node sets, contexts, completion.',
  '- Results go to standard output, progress and failures to standard error. `--json` prints the answer of the API and nothing else.',
  '- A failure is one line with a code, and one with the next action; [errors.md](errors.md) explains each code. The exit status',
  `  follows sysexits.h: ${Object.entries(EXIT_STATUS)
    .map(([status, meaning]) => `${status} ${meaning}`)
    .join(', ')}.`,
  '- On a terminal progress is a bar; elsewhere it is a plain line whenever there is something new.',
  '',
]
