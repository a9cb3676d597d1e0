// platen node restart
import { wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const nodeRestart = defineCommand({
  name: 'node restart',
  summary: 'Restart a node that runs its own system, so that it takes its job: through its platen-node, else over SSH.',
  words: ['<node>'],
  options: {
    address: { type: 'string', value: 'ADDRESS', description: 'Where it is. Default: where it was last heard from.' },
    user: { type: 'string', value: 'NAME', description: 'Whom to log in as. Default: what its class or the appliance says.' },
    port: { type: 'string', value: 'NUMBER', description: 'Port of its SSH server.' },
    'accept-new-key': { type: 'boolean', description: 'It may show another host key than before.' },
    ...API_OPTIONS,
  },
  examples: ['platen node restart rack1-07', 'platen node restart rack1-07 --address 10.0.4.17 --user admin'],

  async run(input, context) {
    const { address, user, port, 'accept-new-key': acceptNewKey, json } = input.values
    const how = { address, user, port: wholeNumber('port', port), acceptNewKey }
    const answer = await apiOf(input, context).restartNode(input.words[0]!, how)
    if (json) return context.out.print(JSON.stringify(answer, undefined, 2))
    if (answer.via === 'platen-node') return context.out.print(`${answer.node} restarts (told through its platen-node)`)
    const contact = answer.isFirstContact ? ', kept from now on' : ''
    context.out.print(`${answer.node} restarts (${answer.address}, host key ${answer.hostKey}${contact})`)
  },
})
