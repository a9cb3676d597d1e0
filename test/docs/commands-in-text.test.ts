// Every `platen …` that a page or a hint tells people to type is a command that exists, with options that it has.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'

const pages = ['README.md', 'CONTRIBUTING.md', ...filesIn('docs', '.md')]
const sources = [...filesIn('src', '.ts'), ...filesIn('src', '.md'), ...filesIn('boot', '.ts'), ...filesIn('setup', '')]

function filesIn(folder: string, ending: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((one) => one.isFile() && one.name.endsWith(ending)).map((one) => join(one.parentPath, one.name))
}

/** What stands behind "platen" up to the end of the code, of the sentence, or of the line. */
function invocations(text: string): string[] {
  const quoted = [...text.matchAll(/`(?:bin\/)?platen ([a-z][^`\n]*?)\\?`/g)]
  const lines = [...text.matchAll(/^(?:\$ )?(?:bin\/)?platen ([a-z][^#\n]*)/gm)]
  const hints = [...text.matchAll(/: (?:bin\/)?platen ((?:node|job|image|profile|boot|serve) ?[^`'".;\n]*)/g)]
  // Our name may also begin a sentence, or a text of several lines.
  return [...quoted, ...lines, ...hints].map(([, words]) => words!.trim()).filter((words) => !/\\n|^[a-z]+ [A-Z]/.test(words))
}

function problemOf(words: string): string | undefined {
  const command = COMMANDS.find(({ name }) => words === name || words.startsWith(`${name} `))
  // "`platen job …`" speaks of a group.
  if (command === undefined) return /^[a-z]+ …$/.test(words) ? undefined : `no such command: platen ${words}`
  const options = [...words.matchAll(/ --([a-z-]+)/g)].map(([, option]) => option!)
  const unknown = options.filter((option) => option !== 'help' && !Object.hasOwn(command.options, option))
  return unknown.length === 0 ? undefined : `no option ${unknown.join(', ')}: platen ${words}`
}

describe('commands in text', () => {
  it.each([...pages, ...sources])('%s', (file) => {
    const problems = invocations(readFileSync(file, 'utf8')).map(problemOf)
    expect(problems.filter((problem) => problem !== undefined)).toEqual([])
  })

  it('sees through a command that does not exist', () => {
    expect(problemOf('jobs list')).toBe('no such command: platen jobs list')
    expect(problemOf('job list --all')).toBe('no option all: platen job list --all')
    expect(problemOf('job …')).toBeUndefined()
    expect(invocations('See `platen job list`.\nbin/platen serve --interface x  # now')).toEqual([
      'job list',
      'serve --interface x',
    ])
  })
})
