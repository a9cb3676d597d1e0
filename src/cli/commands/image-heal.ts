// platen image heal
import { AppError } from '../../contract/errors.ts'
import type { ScrubResult } from '../../contract/image-care.ts'
import type { JobView } from '../../contract/job.ts'
import type { OperatorApi } from '../api.ts'
import { numberWord } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

type Hurt = ScrubResult['hurt'][number]

export const imageHeal = defineCommand({
  name: 'image heal',
  summary:
    'Fetch lost chunks of versions from nodes that hold them: a job for each, which only reads. Without words: all that the last scrub named.',
  words: ['[image]', '[version]'],
  options: {
    node: { type: 'string', value: 'NODE', description: 'The node to ask. Left out: each that the version was deployed to.' },
    'disk-serial': { type: 'string', value: 'SERIAL', description: 'Its disk, when it has several.' },
    ...API_OPTIONS,
  },
  examples: ['platen image scrub || platen image heal', 'platen image heal web 3 --node rack1-07'],

  async run(input, context) {
    const api = apiOf(input, context)
    const { node, 'disk-serial': serial, json } = input.values
    const jobs: JobView[] = []
    for (const { imageName, version, heldBy } of await hurtVersions(api, input.words)) {
      const nodes = node === undefined ? heldBy : [node]
      if (nodes.length === 0) context.out.printError(`${imageName} version ${version}: no node holds it; capture it again`)
      for (const one of nodes) {
        const disk = serial === undefined ? {} : { disk: { serial } }
        jobs.push(await api.addJob({ kind: 'heal', node: one, image: imageName, version, ...disk }))
      }
    }
    if (json) return context.out.print(JSON.stringify(jobs, undefined, 2))
    if (jobs.length === 0) return context.out.print('Nothing to fetch.')
    const lines = jobs.map(
      ({ id, nodeName, request }) => `${request.image} version ${request.version} from ${nodeName}: job ${id}`,
    )
    context.out.print(
      [...lines, 'The nodes take them when they next boot over the network. Check then: platen image verify'].join('\n'),
    )
  },
})

/** A version that is named is asked for whether a scrub saw it or not. */
async function hurtVersions(api: OperatorApi, [name, versionText]: readonly string[]): Promise<readonly Hurt[]> {
  const version = versionText === undefined ? undefined : numberWord('image heal', 'version', versionText)
  // Without a manifest nobody knows which chunks to fetch.
  const hurt = ((await api.scrubStatus()).last?.result.hurt ?? []).filter(({ unreadable }) => unreadable === undefined)
  const named = hurt.filter((one) => (name ?? one.imageName) === one.imageName && (version ?? one.version) === one.version)
  if (name === undefined || version === undefined || named.length > 0) return named
  const views = (await api.images()).flatMap(({ versions }) => versions)
  if (!views.some((view) => view.imageName === name && view.version === version)) {
    throw new AppError(
      'IMAGE_VERSION_NOT_FOUND',
      `no image "${name}" with version ${version}`,
      'List them with `platen image list`.',
    )
  }
  const nodes = (await api.nodes()).filter(({ installed }) => installed?.imageName === name && installed.version === version)
  return [{ imageName: name, version, chunks: 0, heldBy: nodes.map((node) => node.name) }]
}
