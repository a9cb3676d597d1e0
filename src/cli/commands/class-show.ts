// platen class show
import { describeClass } from '../class-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const classShow = defineCommand({
  name: 'class show',
  summary: 'Show a node class and the machines that are in it.',
  words: ['<class>'],
  options: API_OPTIONS,

  async run(input, context) {
    const view = await apiOf(input, context).class(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(view, undefined, 2) : describeClass(view))
  },
})
