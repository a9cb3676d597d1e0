// Deploys an image to every node of a class: only when whoever asks knows how many that are.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'
import type { JobRequest, JobView } from '../../contract/job.ts'
import type { ClassDeploy } from '../../contract/operator-api.ts'
import type { NodeClasses } from '../node/classes.ts'
import type { NodeRecord } from '../node/record.ts'
import type { Jobs } from './jobs.ts'

interface ClassDeploysDeps {
  readonly classes: NodeClasses
  readonly jobs: Jobs
}

/** What the schema of a request fills in when a person posts one. */
const DEFAULTS = { includeUnknown: false, maxAttempts: 3, completeTimeoutSeconds: 6 * 3600, whenDone: 'reboot' } as const

export class ClassDeploys {
  readonly #deps: ClassDeploysDeps

  constructor(deps: ClassDeploysDeps) {
    this.#deps = deps
  }

  async deploy(
    className: string,
    { image, version, nodes: count, priority = 0, eraseForeignData = false }: ClassDeploy,
  ): Promise<readonly JobView[]> {
    const members = this.#deps.classes.membersOf(className)
    if (members.length !== count) {
      throw new AppError(
        'NODE_CLASS_COUNT_DISAGREES',
        `class ${className} has ${members.length} nodes that would be erased, not ${count}`,
        `See which with \`platen class show ${className}\`, then say --nodes ${members.length}.`,
      )
    }
    const batch = `${className}-${randomUUID().slice(0, 8)}`
    const personalise = this.#deps.classes.personaliseOf(className)
    const own = personalise === undefined ? {} : { personalise }
    const said = image === undefined ? undefined : { image, ...(version === undefined ? {} : { version }) }
    const requests = members.map((node): JobRequest => {
      const wanted = said ?? this.#wantedBy(className, node)
      return { ...DEFAULTS, kind: 'deploy', node: node.id, ...wanted, ...own, priority, eraseForeignData, batch }
    })
    // All of them or none: one that cannot be is told before the first is posted.
    for (const request of requests) this.#deps.jobs.refuse(request)
    const posted: JobView[] = []
    for (const request of requests) posted.push(await this.#deps.jobs.post(request))
    return posted
  }

  #wantedBy(className: string, node: NodeRecord): { readonly image: string; readonly version: number } {
    const wanted = this.#deps.classes.wantedBy(className, node)
    if (wanted !== undefined) return { image: wanted.imageName, version: wanted.version }
    throw new AppError(
      'NODE_CLASS_WANTS_NOTHING',
      `nobody said what class ${className} should run on ${node.inventory.architecture}, as ${node.name} is`,
      `Name an image with --image, or say what it should run: platen class set ${className} … --image NAME`,
    )
  }
}
