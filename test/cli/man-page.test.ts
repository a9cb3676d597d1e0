import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { manPages } from '../../src/cli/man-page.ts'
import { CommandLine } from '../fakes/command-line.ts'
import { needs, program } from '../needs.ts'

const pages = manPages(COMMANDS, '0.1.0')
const pageOf = (file: string) => pages.find((page) => page.file === file)!.text

it('there is one for each command, with its usage, options and examples', () => {
  expect(pages).toHaveLength(COMMANDS.length + 1)
  const page = pageOf('platen-node-hold.1')
  expect(page).toMatch(/^\.TH PLATEN\\-NODE\\-HOLD 1 /)
  expect(page).toContain('.B platen node hold <nodes> [options]')
  expect(page).toContain('.B \\-\\-reason \\fITEXT\\fR')
  expect(pageOf('platen-explain.1')).toContain('.nf\nplaten explain CLI_TOKEN_UNREADABLE\n.fi')
  expect(pageOf('platen.1')).toContain('.BR platen\\-node\\-hold (1)')
})

it.each(pages)('$file has no line that roff would take for a request of its own', ({ text }) => {
  for (const line of text.split('\n')) expect(line).toMatch(/^(?!['.])|^\.(TH|SH|TP|B|BR|I|nf|fi)( |$)/)
})

it('man shows it without a warning', needs(program('groff')), async () => {
  for (const file of ['platen.1', 'platen-job-add.1', 'platen-image-export.1']) {
    const { stdout, stderr } = await execa('groff', ['-man', '-Tutf8', '-ww', '-z'], { input: pageOf(file) })
    expect([stdout, stderr]).toEqual(['', ''])
  }
})

it('platen man writes them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'platen-man-'))
  try {
    expect(await new CommandLine().run(`man ${folder}/man1`)).toBe(0)
    expect(readdirSync(join(folder, 'man1'))).toHaveLength(pages.length)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
