// platen bundle create
import { usage } from '../arguments.ts'
import { sizeWords, thingsIn } from '../bundle-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatBytes } from '../format.ts'

export const bundleCreate = defineCommand({
  name: 'bundle create',
  summary:
    'Write one signed file with images, packages, profiles, classes, rules, nodes, schedules and hooks, for another appliance. Secrets stay here.',
  words: [],
  options: {
    to: { type: 'string', value: 'FILE', description: 'The file to write; it has this name once it is whole and checked.' },
    select: {
      type: 'string',
      value: 'KIND:NAME',
      multiple: true,
      description:
        'Only this and what it needs: class:lab, image:web@3, package:curl … May be said several times. Default: everything.',
    },
    ...API_OPTIONS,
  },
  examples: [
    'platen bundle create --to site.bundle',
    'platen bundle create --to lab.bundle --select class:lab --select schedule:nightly',
  ],

  async run(input, context) {
    const { to, select, json } = input.values
    if (to === undefined) throw usage('bundle create', 'bundle create needs --to FILE')
    const { out } = context
    const content = await apiOf(input, context).makeBundle(select, to, (bytes) =>
      out.progress({ percent: undefined, text: `fetching and checking, ${formatBytes(bytes)}` }),
    )
    out.endProgress()
    const { index, keyId, sizeBytes } = content
    if (json) return out.print(JSON.stringify({ file: to, keyId, sizeBytes, entries: index.entries.map(namedOf) }, undefined, 2))
    out.print(`${to} is whole${sizeWords(sizeBytes)}, signed by ${keyId}`)
    out.print(thingsIn(index.entries))
  },
})

const namedOf = ({ kind, name, leftOut }: { kind: string; name: string; leftOut?: string[] }) => ({
  kind,
  name,
  ...(leftOut === undefined ? {} : { leftOut }),
})
