// Manual pages out of what the commands say of themselves, in the man macros of roff. Pure.
import type { Command } from './command.ts'
import { usageOf } from './help.ts'

export interface ManPage {
  readonly file: string
  readonly text: string
}

/** platen.1, and one page a command. */
export function manPages(commands: readonly Command[], version: string): readonly ManPage[] {
  return [overviewPage(commands, version), ...commands.map((command) => commandPage(command, version))]
}

/** "node hold" is platen-node-hold(1), as git does it. */
const pageName = (name: string): string => ['platen', ...name.split(' ')].join('-')

function commandPage(command: Command, version: string): ManPage {
  const options = Object.entries(command.options).flatMap(([name, { type, value = 'TEXT', description, multiple }]) => [
    '.TP',
    `.B ${text(`--${name}`)}${type === 'boolean' ? '' : ` \\fI${text(value)}\\fR`}`,
    text(multiple === true && !description.includes('repeatable') ? `${description} Repeatable.` : description),
  ])
  const lines = [
    heading(pageName(command.name), version),
    '.SH NAME',
    `${text(pageName(command.name))} \\- ${text(command.summary)}`,
    '.SH SYNOPSIS',
    `.B ${text(usageOf(command))}`,
    ...(options.length === 0 ? [] : ['.SH OPTIONS', ...options]),
    ...(command.examples === undefined ? [] : ['.SH EXAMPLES', '.nf', ...command.examples.map(text), '.fi']),
    '.SH SEE ALSO',
    '.BR platen (1)',
  ]
  return { file: `${pageName(command.name)}.1`, text: `${lines.join('\n')}\n` }
}

function overviewPage(commands: readonly Command[], version: string): ManPage {
  const lines = [
    heading('platen', version),
    '.SH NAME',
    'platen \\- presses disk images onto bare machines',
    '.SH SYNOPSIS',
    '.B platen',
    '.I command',
    '[options]',
    '.SH COMMANDS',
    ...commands.flatMap(({ name, summary }) => ['.TP', `.BR ${text(pageName(name))} (1)`, text(summary)]),
    '.SH EXIT STATUS',
    text('0 when done, else as sysexits.h says. A failure is one line with a code; "platen explain CODE" tells what it means.'),
  ]
  return { file: 'platen.1', text: `${lines.join('\n')}\n` }
}

const heading = (name: string, version: string): string => `.TH ${text(name.toUpperCase())} 1 "" "platen ${version}" "Platen"`

/** A minus that can be copied, and nothing that roff would obey. */
function text(words: string): string {
  const escaped = words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('`', '\\(ga')
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}
