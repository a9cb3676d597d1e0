// platen class list
import { selectorText } from '../class-words.ts'
import { defineList } from '../listing.ts'

export const classList = defineList({
  name: 'class list',
  summary: 'List node classes, and how many machines are in each.',
  read: (api) => api.classes(),
  heading: ['CLASS', 'NODES', 'SELECTS', 'TITLE'],
  right: [1],
  row: ({ name, nodes, selector, title }) => [name, String(nodes.length), selectorText(selector), title ?? ''],
  empty: 'No classes. Make one: `platen class set NAME --tag TAG`.',
  changesWith: ['node.*'],
})
