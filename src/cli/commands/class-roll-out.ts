// platen class roll-out
import { readFile } from 'node:fs/promises'
import { usage, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { packageWord } from '../package/package-api.ts'
import { describeRollOut } from '../roll-out-words.ts'
import { describeMoves } from '../wanted-view.ts'

export const classRollOut = defineCommand({
  name: 'class roll-out',
  summary:
    'Bring a version, packages or both to the machines of a class ring by ring; it stops when too many fail, and puts those back.',
  words: ['<class>'],
  options: {
    to: {
      type: 'string',
      value: 'IMAGE@VERSION',
      description: 'The version that the class is to run. Default: each machine keeps its image.',
    },
    package: {
      type: 'string',
      multiple: true,
      value: 'NAME@RANGE',
      description: 'A package that the class is to have, in the newest version that fits now; repeatable.',
    },
    canary: { type: 'string', value: 'N', description: 'Machines in the first ring. Default: 1.' },
    // biome-ignore lint/suspicious/noThenProperty: it is the name of the option; nobody awaits this object.
    then: {
      type: 'string',
      value: 'N',
      description: 'Machines in each further ring, or a share of all, such as 25%. Default: 25%.',
    },
    'max-failures': { type: 'string', value: 'N', description: 'So many may fail; with one more it stops. Default: 0.' },
    health: {
      type: 'string',
      value: 'FILE',
      description:
        'A script that runs in each system after its deploy: a machine is good when it ends well. Needs systemd and curl there.',
    },
    'settle-seconds': {
      type: 'string',
      value: 'N',
      description: 'How long a machine is watched, or may take to say how it is. Default: 300.',
    },
    restart: { type: 'boolean', description: 'Restart running machines for it. Default: each takes its job when it boots.' },
    'dry-run': { type: 'boolean', description: 'Only tell what would move.' },
    ...API_OPTIONS,
  },
  examples: [
    'platen class roll-out web --to debian-13@5 --canary 1 --then 25% --max-failures 1 --health check.sh --restart',
    'platen class roll-out web --package monitoring-agent@2.2.0 --canary 2 --then 50%',
  ],

  async run(input, context) {
    const { values } = input
    const [name = ''] = input.words
    const [, image, version] = /^([a-z0-9][a-z0-9._-]*)@([1-9]\d{0,8})$/.exec(values.to ?? '') ?? []
    if (image === undefined && values.to !== undefined) throw usage('class roll-out', `--to is IMAGE@VERSION, not "${values.to}"`)
    const { package: packages = [] } = values
    if (image === undefined && packages.length === 0)
      throw usage('class roll-out', 'class roll-out needs --to IMAGE@VERSION, or --package NAME@RANGE')
    const health =
      values.health === undefined
        ? undefined
        : await readFile(values.health, 'utf8').catch((error: Error) => {
            throw usage('class roll-out', error.message)
          })
    const wish = {
      image,
      version: version === undefined ? undefined : Number(version),
      packages: packages.length === 0 ? undefined : packages.map(packageWord),
      canary: wholeNumber('canary', values.canary),
      ringSize: values.then,
      maxFailures: wholeNumber('max-failures', values['max-failures']),
      health,
      settleSeconds: wholeNumber('settle-seconds', values['settle-seconds']),
      restart: values.restart || undefined,
    }
    const api = apiOf(input, context)
    const plan = await api.planRollOut(name, wish)
    if (values['dry-run']) return context.out.print(values.json ? JSON.stringify(plan, undefined, 2) : describeMoves(plan))
    if (!values.json) context.out.print(describeMoves(plan))
    const view = await api.beginRollOut(name, wish)
    context.out.print(values.json ? JSON.stringify(view, undefined, 2) : describeRollOut(view))
  },
})
