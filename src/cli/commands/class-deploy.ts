// platen class deploy
import { usage, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const classDeploy = defineCommand({
  name: 'class deploy',
  summary: 'Deploy an image to every machine of a class. You say how many they are; another number is refused.',
  words: ['<class>'],
  options: {
    image: { type: 'string', value: 'NAME', description: 'The image. Default: what the class should run.' },
    version: { type: 'string', value: 'N', description: 'The version; left out, the newest.' },
    nodes: { type: 'string', value: 'N', description: 'How many machines it will hit: `platen class show` counts them.' },
    priority: { type: 'string', value: 'N', description: 'Higher runs first. Default: 0.' },
    'erase-foreign-data': {
      type: 'boolean',
      description: 'Erase disks even when they hold data that this system did not put there.',
    },
    ...API_OPTIONS,
  },
  examples: ['platen class deploy lab --image tiny-linux --version 2 --nodes 12'],

  async run(input, context) {
    const { values } = input
    const nodes = wholeNumber('nodes', values.nodes)
    if (nodes === undefined) throw usage('class deploy', 'class deploy needs --nodes')
    const jobs = await apiOf(input, context).deployToClass(input.words[0]!, {
      image: values.image,
      nodes,
      version: wholeNumber('version', values.version),
      priority: wholeNumber('priority', values.priority),
      eraseForeignData: values['erase-foreign-data'] || undefined,
    })
    if (values.json) return context.out.print(JSON.stringify(jobs, undefined, 2))
    const rows = jobs.map((job) => [job.id, job.nodeName ?? job.request.node ?? '-', job.state])
    context.out.table([['JOB', 'NODE', 'STATE'], ...rows])
  },
})
