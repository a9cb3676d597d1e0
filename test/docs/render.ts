// The pages that are made from code. Pure: `npx vitest -u run test/docs` writes them, a plain run compares.
import { SETTINGS } from '../../src/appliance/settings-table.ts'
import type { Command } from '../../src/cli/command.ts'
import { usageOf } from '../../src/cli/help.ts'

const GENERATED = '<!-- Made from the code: change it there, then run `npx vitest run -u test/docs`. -->'

export function renderConfiguration(): string {
  const lines = SETTINGS.map(({ key, variable, flag, wants, unit, fallback, example, description, isRequired }) => [
    `### \`${key}\``,
    '',
    description,
    '',
    `| file | environment | flag | value | ${isRequired ? 'required' : 'default'} | example |`,
    '|---|---|---|---|---|---|',
    `| \`${key}\` | \`${variable}\` | \`--${flag}\` | ${[wants, unit && `in ${unit}`].filter(Boolean).join(', ')} | ${
      isRequired ? 'yes' : fallback === undefined ? '–' : `\`${fallback}\``
    } | \`${example}\` |`,
    '',
  ])
  return `${[GENERATED, ...CONFIGURATION_INTRODUCTION, ...lines.flat()].join('\n')}`
}

const CONFIGURATION_INTRODUCTION = [
  '# Configuration',
  '',
  '`platen serve` takes its settings from three places; a later one wins:',
  '',
  '1. a YAML file: `--config FILE`, else `PLATEN_CONFIG`, else `/etc/platen/platen.yaml` when it is there',
  '2. environment variables that begin with `PLATEN_`',
  '3. flags',
  '',
  'A setting has one key in the file, and its variable and flag are made from that key: `dhcp.rangeStart` is',
  '`PLATEN_DHCP_RANGE_START` and `--dhcp-range-start`. In the file a dot is one level:',
  '',
  '```yaml',
  'interface: br0',
  'dhcp:',
  '  mode: server',
  '  rangeStart: 10.77.0.100',
  '  rangeEnd: 10.77.0.200',
  '  dns: [10.77.0.53]',
  '```',
  '',
  'An unknown key or variable is an error that names the nearest known one. All problems are listed at once, each with where it was',
  'said and an example. `platen serve --check` stops after that, prints what follows from the settings, and touches nothing.',
  'Lists are separated by commas in variables and flags. Only `interface` has to be said.',
  '',
  '`PLATEN_URL` and `PLATEN_TOKEN_FILE` are no settings of the appliance: they tell the other commands which appliance to ask.',
  '`PLATEN_DEBIAN_MIRROR` is for the scripts of the example profiles.',
  '',
  '## Settings',
  '',
]

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
    return ['Every setting of [configuration.md](configuration.md) is a flag; besides them `--config FILE` and `--check`.', '']
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
  'over its [HTTP API](ports-and-endpoints.md), with the operator token that it wrote at its first start. The appliance of this machine is',
  'found by its [settings](configuration.md); `--url` and `--token-file`, or `PLATEN_URL` and `PLATEN_TOKEN_FILE`, name another.',
  '',
  '- Results go to standard output, progress and failures to standard error. `--json` prints the answer of the API and nothing else.',
  '- A failure is one line with a code, and one with the next action; [errors.md](errors.md) explains each code. The exit status',
  `  follows sysexits.h: ${Object.entries(EXIT_STATUS)
    .map(([status, meaning]) => `${status} ${meaning}`)
    .join(', ')}.`,
  '- On a terminal progress is a bar; elsewhere it is a plain line whenever there is something new.',
  '',
]
