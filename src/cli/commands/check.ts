// platen check
import { CheckItem } from '../../contract/hardware.ts'
import { usage, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { commonOf, NODE_JOB_OPTIONS, nodesOf, postToNodes } from '../node-jobs.ts'
import { outcomeLines } from '../outcome-words.ts'

const ITEMS = CheckItem.anyOf.map((each) => each.const)
const MEGABYTE = 1_000_000

export const check = defineCommand({
  name: 'check',
  summary: 'Test the hardware of machines: memory, processor, disks (SMART and a surface read), network. Disks are only read.',
  words: ['[node...]'],
  options: {
    item: { type: 'string', multiple: true, value: 'ITEM', description: `Only this: ${ITEMS.join(', ')}; repeatable.` },
    'memory-seconds': { type: 'string', value: 'N', description: 'How long memory is tested. Default: 120.' },
    'processor-seconds': { type: 'string', value: 'N', description: 'How long all cores are busy. Default: 60.' },
    'disk-seconds': {
      type: 'string',
      value: 'N',
      description: 'How long each disk is read, at places all over it. Default: 120.',
    },
    'whole-disks': { type: 'boolean', description: 'Read every block of every disk, however long that takes.' },
    'network-seconds': {
      type: 'string',
      value: 'N',
      description: 'How long the network is measured in each direction. Default: 10.',
    },
    'min-disk-read': { type: 'string', value: 'MB/s', description: 'A disk that reads slower is bad.' },
    'min-down': { type: 'string', value: 'MB/s', description: 'A network that brings less from the appliance is bad.' },
    'min-up': { type: 'string', value: 'MB/s', description: 'A network that takes less to the appliance is bad.' },
    'max-used': { type: 'string', value: 'PERCENT', description: 'A drive that has used more of its life is bad.' },
    'max-celsius': { type: 'string', value: 'N', description: 'A drive that is hotter is bad.' },
    'max-bad-sectors': {
      type: 'string',
      value: 'N',
      description: 'A drive with more of them is bad. Default: it is worn with one.',
    },
    ...NODE_JOB_OPTIONS,
    ...API_OPTIONS,
  },
  examples: ['platen check rack1-07 --wait', 'platen check --class lab --nodes 12 --item memory --memory-seconds 3600'],

  async run(input, context) {
    const { values } = input
    const api = apiOf(input, context)
    const nodes = await nodesOf('check', input.words, values, api)
    const number = (name: keyof typeof values & string) => wholeNumber(name, values[name] as string | undefined)
    const rate = (name: 'min-disk-read' | 'min-down' | 'min-up') => {
      const megabytes = number(name)
      return megabytes === undefined ? undefined : megabytes * MEGABYTE
    }
    const thresholds = said({
      minDiskReadBytesPerSecond: rate('min-disk-read'),
      minDownBytesPerSecond: rate('min-down'),
      minUpBytesPerSecond: rate('min-up'),
      maxUsedPercent: number('max-used'),
      maxCelsius: number('max-celsius'),
      maxBadSectors: number('max-bad-sectors'),
    })
    const wish = {
      ...(values.item.length === 0 ? {} : { items: values.item.map(itemOf) }),
      memorySeconds: number('memory-seconds') ?? 120,
      processorSeconds: number('processor-seconds') ?? 60,
      diskSeconds: number('disk-seconds') ?? 120,
      networkSeconds: number('network-seconds') ?? 10,
      wholeDisks: values['whole-disks'],
      thresholds,
    }
    const common = commonOf('check', values)
    const wishes = { wait: values.wait, json: values.json, describe: outcomeLines }
    await postToNodes(nodes, (node) => ({ kind: 'check', node, check: wish, ...common }), wishes, api, context)
  },
})

function itemOf(word: string): CheckItem {
  const item = ITEMS.find((each) => each === word)
  if (item === undefined) throw usage('check', `--item is one of ${ITEMS.join(', ')}, not ${word}`)
  return item
}

function said<K extends string>(values: Readonly<Record<K, number | undefined>>): { [P in K]?: number } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [P in K]?: number }
}
