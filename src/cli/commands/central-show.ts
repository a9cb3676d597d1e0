// platen central show
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { centralText } from '../sites/site-words.ts'

export const centralShow = defineCommand({
  name: 'central show',
  summary: 'Show the central that this appliance follows: whether the line stands, what came, what could not be taken.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const view = await apiOf(input, context).central()
    context.out.print(input.values.json ? JSON.stringify(view, undefined, 2) : centralText(view, Date.now()))
  },
})
