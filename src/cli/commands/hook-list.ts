// platen hook list
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const hookList = defineCommand({
  name: 'hook list',
  summary: 'List who is told when something happens, and what is still to be delivered.',
  words: [],
  options: API_OPTIONS,

  async run(input, context) {
    const hooks = await apiOf(input, context).hooks()
    if (input.values.json) return context.out.print(JSON.stringify(hooks, undefined, 2))
    if (hooks.length === 0) return context.out.print('No hooks: nobody is told. docs/notices.md has examples.')
    const rows = hooks.map(({ name, kind, target, events, waiting, lastFailure }) => [
      name,
      `${kind} ${target}`,
      events.join(', '),
      String(waiting),
      lastFailure ?? '-',
    ])
    context.out.table([['HOOK', 'TELLS', 'OF', 'WAITING', 'LAST FAILURE'], ...rows], { right: [3] })
  },
})
