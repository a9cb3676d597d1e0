// platen wipe
import type { Disk, DiskHint } from '../../contract/inventory.ts'
import type { NodeView } from '../../contract/operator-api.ts'
import { WipeMethod } from '../../contract/wipe.ts'
import { usage, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { formatBytes } from '../format.ts'
import { postToNodes } from '../node-jobs.ts'
import { outcomeLines } from '../outcome-words.ts'

const METHODS = WipeMethod.anyOf.map((each) => each.const)

export const wipe = defineCommand({
  name: 'wipe',
  summary: 'Erase disks of a machine for ever, with proof and a certificate. Without consent it only says which disks that are.',
  words: ['<node>'],
  options: {
    disk: {
      type: 'string',
      multiple: true,
      value: 'SERIAL',
      description: 'The disk, by its serial, WWN or path (pci-0000:00:04.0); repeatable.',
    },
    method: { type: 'string', value: 'METHOD', description: `How: ${METHODS.join(', ')}. Default: the best that the disk can.` },
    samples: { type: 'string', value: 'N', description: 'How many places of each disk are read back: 16 to 1024. Default: 128.' },
    'erase-foreign-data': { type: 'boolean', description: 'Consent: whatever is on these disks is lost.' },
    'when-done': {
      type: 'string',
      value: 'WHAT',
      description: 'What the machine does then: reboot, stay in the boot OS, power-off. Default: power-off.',
    },
    wait: { type: 'boolean', description: 'Wait until it has ended; exit status 0 only when every disk is proven to be wiped.' },
    ...API_OPTIONS,
  },
  examples: [
    'platen wipe rack1-07 --disk S5GXNX0T --erase-foreign-data --wait',
    'platen wipe rack1-07 --disk S5GXNX0T --disk WD-WX21 --method overwrite --erase-foreign-data',
  ],

  async run(input, context) {
    const { values } = input
    const api = apiOf(input, context)
    const node = await api.node(input.words[0]!)
    if (values.disk.length === 0) throw usage('wipe', `wipe needs --disk; ${node.name} has ${disksOf(node).join('; ') || 'none'}`)
    const disks = values.disk.map((name) => diskOf(node, name))
    const method = METHODS.find((each) => each === values.method)
    if (values.method !== undefined && method === undefined)
      throw usage('wipe', `--method is one of ${METHODS.join(', ')}, not ${values.method}`)
    if (!values['erase-foreign-data']) {
      context.out.print(
        [`On ${node.name} this would be erased for ever:`, ...disks.map((disk) => `  ${wordsOf(disk)}`)].join('\n'),
      )
      return context.out.print('Nothing was posted. Add --erase-foreign-data when that is what you mean.')
    }
    const samples = wholeNumber('samples', values.samples)
    const [disk, ...moreDisks] = disks.map(hintOf)
    const whenDone = whenDoneOf(values['when-done'])
    const wish = { ...(method === undefined ? {} : { method }), ...(samples === undefined ? {} : { samples }) }
    const job = { disk, moreDisks: moreDisks.length === 0 ? undefined : moreDisks, wipe: wish, eraseForeignData: true, whenDone }
    const wishes = { wait: values.wait, json: values.json, describe: outcomeLines }
    await postToNodes([node.name], (name) => ({ kind: 'wipe', node: name, ...job }), wishes, api, context)
  },
})

function diskOf(node: NodeView, name: string): Disk {
  const found = node.inventory.disks.filter(({ serial, wwn, byPath }) => [serial, wwn, byPath].includes(name))
  if (found.length === 1) return found[0]!
  const many = found.length === 0 ? 'no disk' : `${found.length} disks`
  throw usage('wipe', `${node.name} has ${many} called ${name}; it has ${disksOf(node).join('; ') || 'none'}`)
}

/** By everything that it is known by: a disk that was swapped since is another one. */
const hintOf = ({ serial, wwn, byPath }: Disk): DiskHint => ({
  ...(serial === undefined ? {} : { serial }),
  ...(wwn === undefined ? {} : { wwn }),
  ...(serial === undefined && wwn === undefined && byPath !== undefined ? { byPath } : {}),
})

const disksOf = (node: NodeView): string[] => node.inventory.disks.map(wordsOf)

const wordsOf = ({ devicePath, sizeBytes, model, serial, wwn, byPath }: Disk): string =>
  [devicePath, formatBytes(sizeBytes), model, serial && `serial ${serial}`, wwn, byPath].filter(Boolean).join(', ')

function whenDoneOf(word = 'power-off'): 'reboot' | 'stay' | 'power-off' {
  if (word === 'reboot' || word === 'stay' || word === 'power-off') return word
  throw usage('wipe', `--when-done is reboot, stay or power-off, not ${word}`)
}
