// platen agent-credential add
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const agentCredentialAdd = defineCommand({
  name: 'agent-credential add',
  summary:
    'Make a credential by which agents that other appliances booted may ask this one for jobs; its secret is shown this once.',
  words: ['<name>'],
  options: API_OPTIONS,
  examples: ['platen agent-credential add from-rack2 > from-rack2.secret'],

  async run(input, context) {
    const [name = ''] = input.words
    const added = await apiOf(input, context).addAgentCredential(name)
    if (input.values.json) return context.out.print(JSON.stringify(added, undefined, 2))
    context.out.printError(
      `agent credential ${name}: the secret below is not shown again; list this appliance with it where the agents come from`,
    )
    context.out.print(added.secret)
  },
})
