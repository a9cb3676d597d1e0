// platen agent-config export
import { writeFileSync } from 'node:fs'
import { writeBuildClient } from '../../contract/xml/build-client.ts'
import { wholeNumber } from '../arguments.ts'
import { apiOf, CONNECTION_OPTIONS, defineCommand, JSON_FLAG } from '../command.ts'

export const agentConfigExport = defineCommand({
  name: 'agent-config export',
  summary: 'Write the configuration of the agent of a node (BUILDCLIENT): the appliances that it asks, with their credentials.',
  words: ['<node>'],
  options: {
    output: {
      type: 'string',
      value: 'FILE',
      description: 'Write it there, readable by its owner alone. Default: standard output.',
    },
    wait: { type: 'string', value: 'SECONDS', description: 'How long the agent waits at one appliance for a job, 0 to 60.' },
    ...CONNECTION_OPTIONS,
    json: JSON_FLAG,
  },
  examples: ['platen agent-config export rack1-07 --output agent.xml'],

  async run(input, context) {
    const [node = ''] = input.words
    const { output, wait, json } = input.values
    const config = await apiOf(input, context).agentConfig(node)
    const waitSeconds = wholeNumber('wait', wait) ?? config.waitSeconds
    const whole = waitSeconds === undefined ? config : { ...config, waitSeconds }
    const text = json ? JSON.stringify(whole, undefined, 2) : writeBuildClient(whole).trimEnd()
    if (output === undefined) return context.out.print(text)
    writeFileSync(output, `${text}\n`, { mode: 0o600 })
    context.out.print(`${output} names ${config.appliances.length} appliances; it holds their credentials`)
  },
})
