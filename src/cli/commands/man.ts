// platen man
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VERSION } from '../../appliance/version.ts'
import { type Command, defineCommand } from '../command.ts'
import { manPages } from '../man-page.ts'

export const manOf = (commands: () => readonly Command[]): Command =>
  defineCommand({
    name: 'man',
    summary: 'Write the manual pages: platen.1, and one a command. Asks no appliance.',
    words: ['<folder>'],
    options: {},
    examples: ['platen man ~/.local/share/man/man1 && man platen-node-hold'],

    async run({ words }, { out }) {
      const [folder = ''] = words
      const pages = manPages(commands(), VERSION)
      await mkdir(folder, { recursive: true })
      for (const { file, text } of pages) await writeFile(join(folder, file), text)
      out.print(`${pages.length} pages are in ${folder}`)
    },
  })
