// platen hook set
import { Hook } from '../../contract/notices.ts'
import { readChecked } from '../checked-file.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const hookSet = defineCommand({
  name: 'hook set',
  summary: 'Make or replace a hook from a file: a webhook, mail, or a script.',
  words: ['<hook>', '<file>'],
  options: API_OPTIONS,
  examples: ['platen hook set chat chat.yaml'],

  async run(input, context) {
    const [name = '', file = ''] = input.words
    const hook = await apiOf(input, context).setHook(name, readChecked('hook set', file, Hook))
    context.out.print(
      input.values.json ? JSON.stringify(hook, undefined, 2) : `${hook.name} tells ${hook.target} of ${hook.events.join(', ')}`,
    )
  },
})
