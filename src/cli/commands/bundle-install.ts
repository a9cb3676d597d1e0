// platen bundle install
import { readFile } from 'node:fs/promises'
import type { OnConflict } from '../../contract/bundle.ts'
import { usage } from '../arguments.ts'
import { broughtWords, installedWords } from '../bundle-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatBytes } from '../format.ts'

const CHOICES: readonly OnConflict[] = ['refuse', 'keep', 'replace']

export const bundleInstall = defineCommand({
  name: 'bundle install',
  summary: 'Bring a bundle to an appliance: all of it is checked first, then installed as a whole. Twice is no harm.',
  words: ['<file>'],
  options: {
    key: {
      type: 'string',
      value: 'KEY',
      description:
        'The key that must have signed it: its line (RW…), or a file of minisign. Default: one that was trusted before.',
    },
    'trust-new-key': { type: 'boolean', description: 'Believe the key that the bundle brings, and know it from now on.' },
    'on-conflict': {
      type: 'string',
      value: 'CHOICE',
      description:
        'Where a name is taken by something else: refuse all of it, keep what is here, or replace it and put what was here aside. Default: refuse.',
    },
    'dry-run': {
      type: 'boolean',
      description: 'Check all of it, say what would be new, equal and in conflict, and install nothing.',
    },
    ...API_OPTIONS,
  },
  examples: [
    'platen bundle install site.bundle --dry-run --trust-new-key',
    'platen bundle install site.bundle --key RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3',
  ],

  async run(input, context) {
    const { key, json, 'trust-new-key': trustNewKey, 'on-conflict': choice = 'refuse', 'dry-run': dryRun } = input.values
    const onConflict = CHOICES.find((each) => each === choice)
    if (onConflict === undefined) throw usage('bundle install', `--on-conflict is one of ${CHOICES.join(', ')}, not "${choice}"`)
    const { out } = context
    const api = apiOf(input, context)
    const trust = { trustNewKey, ...(key === undefined ? {} : { key: await keyLine(key) }) }
    const brought = await api.bringBundle(input.words[0]!, trust, (count, of) =>
      out.progress({ percent: of === 0 ? 0 : (100 * count) / of, text: `sending, ${formatBytes(count)}` }),
    )
    out.endProgress()
    if (dryRun) {
      await api.dropBundle(brought.id)
      return out.print(json ? JSON.stringify(brought, undefined, 2) : broughtWords(brought))
    }
    const installed = await api.installBundle(brought.id, onConflict).catch(async (error: unknown) => {
      // What has begun goes on by itself, and is not given up by this.
      await api.dropBundle(brought.id).catch(() => undefined)
      throw error
    })
    out.print(json ? JSON.stringify(installed, undefined, 2) : installedWords(installed))
  },
})

/** A file's last line; what is no file is the line itself. */
async function keyLine(key: string): Promise<string> {
  const text = await readFile(key, 'utf8').catch(() => key)
  return text.trim().split('\n').at(-1)!.trim()
}
