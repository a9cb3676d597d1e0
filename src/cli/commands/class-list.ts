// platen class list
import { selectorText } from '../class-words.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const classList = defineCommand({
  name: 'class list',
  summary: 'List node classes, and how many machines are in each.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const classes = await apiOf(input, context).classes()
    if (input.values.json) return context.out.print(JSON.stringify(classes, undefined, 2))
    if (classes.length === 0) return context.out.print('No classes. Make one: `platen class set NAME --tag TAG`.')
    const rows = classes.map(({ name, nodes, selector, title }) => [
      name,
      String(nodes.length),
      selectorText(selector),
      title ?? '',
    ])
    context.out.table([['CLASS', 'NODES', 'SELECTS', 'TITLE'], ...rows], { right: [1] })
  },
})
