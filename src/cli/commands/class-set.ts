// platen class set
import type { ClassSelector } from '../../contract/operator-api.ts'
import { usage, type Values, wholeNumber } from '../arguments.ts'
import { describeClass } from '../class-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { PERSONALISE_OPTIONS, personaliseWish } from '../personalise-words.ts'
import { WANTED_OPTIONS, wantedOf } from '../wanted-words.ts'

const OPTIONS = {
  node: { type: 'string', multiple: true, value: 'NAME', description: 'These machines; repeatable.' },
  tag: { type: 'string', multiple: true, value: 'TAG', description: 'Machines with all of these tags; repeatable.' },
  architecture: { type: 'string', value: 'NAME', description: 'x64 or arm64.' },
  firmware: { type: 'string', value: 'NAME', description: 'bios or uefi.' },
  manufacturer: { type: 'string', value: 'TEXT', description: 'As the firmware names it.' },
  product: { type: 'string', value: 'TEXT', description: 'As the firmware names it.' },
  'location-prefix': { type: 'string', value: 'TEXT', description: 'Machines whose location begins so.' },
  'min-memory-mib': { type: 'string', value: 'MIB', description: 'Machines with at least this much memory.' },
  ...WANTED_OPTIONS,
  ...PERSONALISE_OPTIONS,
  sites: {
    type: 'string',
    multiple: true,
    value: 'SITE',
    description: 'Sites that have it, too; repeatable. everywhere: all. Left out: it stays here.',
  },
  title: { type: 'string', value: 'TEXT', description: 'For people.' },
  'max-running': { type: 'string', value: 'N', description: 'How many jobs run on its machines at the same time.' },
  ...API_OPTIONS,
} as const

export const classSet = defineCommand({
  name: 'class set',
  summary: 'Make or replace a node class: which machines are in it. All that is said must be true of a machine.',
  words: ['<class>'],
  options: OPTIONS,
  examples: [
    'platen class set lab --tag lab --firmware uefi --max-running 4',
    'platen class set web --tag web --image debian-13:stable --personalise --enforce at-boot',
    'platen class set edge --tag edge --image x64=debian-13 --image arm64=debian-13-arm --feature web-server',
  ],

  async run(input, context) {
    const { values } = input
    const selector = selectorOf(values)
    if (Object.keys(selector).length === 0)
      throw usage('class set', 'class set needs at least one rule: nothing said selects nothing')
    const maxRunning = wholeNumber('max-running', values['max-running'])
    const personalise = personaliseWish('class set', values)
    const view = await apiOf(input, context).setClass(input.words[0]!, {
      selector,
      ...wantedOf('class set', values),
      ...(personalise !== undefined && { personalise }),
      ...(values.sites.length > 0 && {
        sites: values.sites.includes('everywhere') ? ('everywhere' as const) : [...values.sites],
      }),
      ...(values.title !== undefined && { title: values.title }),
      ...(maxRunning !== undefined && { maxRunning }),
    })
    context.out.print(values.json ? JSON.stringify(view, undefined, 2) : describeClass(view))
  },
})

/** What the words mean is checked by the appliance, which knows the schema. */
function selectorOf(values: Values<typeof OPTIONS>): ClassSelector {
  const memoryMiB = wholeNumber('min-memory-mib', values['min-memory-mib'])
  const said = {
    names: values.node.length > 0 ? [...values.node] : undefined,
    tags: values.tag.length > 0 ? [...values.tag] : undefined,
    architecture: values.architecture,
    firmware: values.firmware,
    manufacturer: values.manufacturer,
    product: values.product,
    locationPrefix: values['location-prefix'],
    minMemoryBytes: memoryMiB === undefined ? undefined : memoryMiB * 1024 ** 2,
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as ClassSelector
}
