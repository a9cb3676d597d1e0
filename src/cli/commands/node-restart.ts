// platen node restart
import type { NodeRestartAnswer } from '../../contract/operator-api.ts'
import { usage, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { eachNode, NODE_SET_OPTIONS } from '../each-node.ts'
import { isOneName } from '../node-set.ts'

export const nodeRestart = defineCommand({
  name: 'node restart',
  summary: 'Restart a node that runs its own system, so that it takes its job: through its platen-node, else over SSH.',
  words: ['<nodes>'],
  options: {
    address: { type: 'string', value: 'ADDRESS', description: 'Where it is. Default: where it was last heard from.' },
    user: { type: 'string', value: 'NAME', description: 'Whom to log in as. Default: what its class or the appliance says.' },
    port: { type: 'string', value: 'NUMBER', description: 'Port of its SSH server.' },
    'accept-new-key': { type: 'boolean', description: 'It may show another host key than before.' },
    ...NODE_SET_OPTIONS,
    ...API_OPTIONS,
  },
  examples: ['platen node restart rack1-07', 'platen node restart rack1-07 --address 10.0.4.17 --user admin'],

  async run(input, context) {
    const { address, user, port, 'accept-new-key': acceptNewKey } = input.values
    const how = { address, user, port: wholeNumber('port', port), acceptNewKey }
    if (address !== undefined && !isOneName(input.words[0]!))
      throw usage('node restart', '--address is where one machine is, not a set of them')
    const api = apiOf(input, context)
    await eachNode(
      {
        set: input.words[0]!,
        verb: 'restart',
        values: input.values,
        act: (node) => api.restartNode(node, how),
        say: describeRestart,
      },
      api,
      context,
    )
  },
})

function describeRestart(answer: NodeRestartAnswer): string {
  if (answer.via === 'platen-node') return `${answer.node} restarts (told through its platen-node)`
  const contact = answer.isFirstContact ? ', kept from now on' : ''
  return `${answer.node} restarts (${answer.address}, host key ${answer.hostKey}${contact})`
}
