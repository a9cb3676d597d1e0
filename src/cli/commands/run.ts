// platen run
import { usage, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { commonOf, NODE_JOB_OPTIONS, nodesOf, postToNodes } from '../node-jobs.ts'
import { outcomeLines } from '../outcome-words.ts'
import { runFilesOf } from '../run-words.ts'
import { variablesOf } from '../variables.ts'

export const run = defineCommand({
  name: 'run',
  summary: 'Run a script, or a folder of scripts, on machines in the boot OS, or inside of their own systems.',
  words: ['[node...]', '<script>'],
  options: {
    'in-root': { type: 'boolean', description: 'Inside of the system on the disk of the machine, which does not run meanwhile.' },
    timeout: { type: 'string', value: 'SECONDS', description: 'For all scripts of one machine together. Default: 3600.' },
    var: { type: 'string', multiple: true, value: 'NAME=TEXT', description: 'Scripts see it as PLATEN_VAR_NAME; repeatable.' },
    ...NODE_JOB_OPTIONS,
    ...API_OPTIONS,
  },
  examples: [
    'platen run rack1-07 look.sh --wait',
    'platen run --class lab --nodes 12 fix-grub.sh --in-root',
    'platen run rack1-07 rack1-08 ./scripts',
  ],

  async run(input, context) {
    const { values } = input
    const source = input.words.at(-1)
    if (source === undefined) throw usage('run', 'run needs a script')
    const api = apiOf(input, context)
    const nodes = await nodesOf('run', input.words.slice(0, -1), values, api)
    const files = await runFilesOf(source)
    const kept = []
    for (const { path, isScript, bytes } of files) kept.push({ path, isScript, digest: (await api.addRunFile(bytes)).digest })
    const timeoutSeconds = wholeNumber('timeout', values.timeout)
    const wish = { files: kept, inRoot: values['in-root'], ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) }
    const common = { run: wish, variables: variablesOf('run', values.var), ...commonOf('run', values) }
    const wishes = { wait: values.wait, json: values.json, describe: outcomeLines }
    await postToNodes(nodes, (node) => ({ kind: 'run', node, ...common }), wishes, api, context)
  },
})
