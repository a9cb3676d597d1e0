// platen rule add
import { Type } from 'typebox'
import { ExpectedMachine } from '../../contract/operator-api.ts'
import { wholeNumber } from '../arguments.ts'
import { readChecked } from '../checked-file.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

const ExpectedMachines = Type.Array(ExpectedMachine, { minItems: 1 })

export const ruleAdd = defineCommand({
  name: 'rule add',
  summary: 'Approve machines by rule, those that are here and those that come: by MAC address, serial, or a list.',
  words: [],
  options: {
    'mac-prefix': {
      type: 'string',
      multiple: true,
      value: 'PREFIX',
      description: 'Beginning of the address that it boots from; repeatable.',
    },
    serial: { type: 'string', multiple: true, value: 'SERIAL', description: 'Serial of the machine; repeatable.' },
    expected: {
      type: 'string',
      value: 'FILE',
      description: 'YAML or JSON: a list of {serial, mac, systemUuid, name, location, tags}.',
    },
    'name-pattern': {
      type: 'string',
      value: 'PATTERN',
      description: 'Names that it gives: rack1-{nn} takes the lowest free number.',
    },
    tag: { type: 'string', multiple: true, value: 'TAG', description: 'Tags that it gives; repeatable.' },
    location: { type: 'string', value: 'TEXT', description: 'Location that it gives.' },
    limit: { type: 'string', value: 'N', description: 'How many machines it approves at most.' },
    title: { type: 'string', value: 'TEXT', description: 'For people.' },
    ...API_OPTIONS,
  },
  examples: [
    'platen rule add --mac-prefix 52:54:00 --name-pattern rack1-{nn} --limit 40',
    'platen rule add --expected delivery.yaml',
  ],

  async run(input, context) {
    const { values } = input
    const listOf = (list: readonly string[]) => (list.length > 0 ? [...list] : undefined)
    const rule = await apiOf(input, context).addRule({
      macPrefixes: listOf(values['mac-prefix']),
      serials: listOf(values.serial),
      expected: values.expected === undefined ? undefined : readChecked('rule add', values.expected, ExpectedMachines),
      namePattern: values['name-pattern'],
      tags: listOf(values.tag),
      location: values.location,
      limit: wholeNumber('limit', values.limit),
      title: values.title,
    })
    context.out.print(
      values.json ? JSON.stringify(rule, undefined, 2) : `rule ${rule.id} holds; it approved ${rule.used} machines at once`,
    )
  },
})
