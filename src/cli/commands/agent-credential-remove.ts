// platen agent-credential remove
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const agentCredentialRemove = defineCommand({
  name: 'agent-credential remove',
  summary: 'Refuse an agent credential from now on, and every agent that came by it.',
  words: ['<name>'],
  options: API_OPTIONS,

  async run(input, context) {
    const [name = ''] = input.words
    await apiOf(input, context).removeAgentCredential(name)
    context.out.print(input.values.json ? JSON.stringify({ removed: name }) : `agent credential ${name} is refused from now on`)
  },
})
