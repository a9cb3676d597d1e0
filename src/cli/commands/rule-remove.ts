// platen rule remove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const ruleRemove = defineCommand({
  name: 'rule remove',
  summary: 'End a rule that approves machines; what it approved stays approved.',
  words: ['<rule-id>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [id = ''] = input.words
    await apiOf(input, context).removeRule(id)
    context.out.print(input.values.json ? JSON.stringify({ removed: id }) : `rule ${id} is gone`)
  },
})
