// platen support-bundle
import { writeFile } from 'node:fs/promises'
import { usage } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { tellFileFailures } from '../file-failure.ts'
import { formatBytes } from '../format.ts'

export const supportBundle = defineCommand({
  name: 'support-bundle',
  summary: 'Write what somebody needs who is to find a mistake: logs, settings and state as JSON, without secrets.',
  words: [],
  options: {
    to: { type: 'string', value: 'FILE', description: 'The file to write.' },
    ...API_OPTIONS,
  },
  examples: ['platen support-bundle --to support.json'],

  async run(input, context) {
    const { to, json } = input.values
    if (to === undefined) throw usage('support-bundle', 'support-bundle needs --to FILE')
    const bytes = await apiOf(input, context).supportBundle()
    await tellFileFailures(() => writeFile(to, bytes, { mode: 0o600 }))
    context.out.print(
      json
        ? JSON.stringify({ file: to, sizeBytes: bytes.length }, undefined, 2)
        : `${to}: ${formatBytes(bytes.length)}, without the secrets that the appliance knows of; look through it before you send it`,
    )
  },
})
