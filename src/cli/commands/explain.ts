// platen explain
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROGRAM_DIR } from '../../appliance/folders.ts'
import { defineCommand, JSON_OPTION } from '../command.ts'
import { explain } from '../explain.ts'

export const explainCode = defineCommand({
  name: 'explain',
  summary: 'Say what a code of a failure means and what to do. Asks no appliance.',
  words: ['<code>'],
  options: JSON_OPTION,
  examples: ['platen explain CLI_TOKEN_UNREADABLE'],

  async run({ values, words }, { out }) {
    const page = readFileSync(join(PROGRAM_DIR, 'docs', 'errors.md'), 'utf8')
    const found = explain(page, words[0]!)
    if (values.json) return out.print(JSON.stringify(found, undefined, 2))
    out.print(`${found.code}\n\n${found.text}\n\nexit status ${found.exit}, HTTP status ${found.status}`)
  },
})
