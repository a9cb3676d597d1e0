// platen node explain
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { explainWanted } from '../wanted-view.ts'

export const nodeExplain = defineCommand({
  name: 'node explain',
  summary: 'Tell how what a machine should run came about: who says what, which candidates there were, and why each lost.',
  words: ['<node>'],
  options: API_OPTIONS,

  async run(input, context) {
    const view = await apiOf(input, context).wanted(input.words[0]!)
    context.out.print(input.values.json ? JSON.stringify(view, undefined, 2) : explainWanted(view))
  },
})
