// Jobs as people meet them: post, look, cancel. A job is posted with everything that its request means today.
import { randomUUID } from 'node:crypto'
import type { JobRequest, JobView } from '../../contract/job.ts'
import type { Step } from '../../contract/steps.ts'
import { type Clock, instantOf } from '../clock.ts'
import type { ImageService } from '../image/image-service.ts'
import type { NodeRecord } from '../node-record.ts'
import type { Nodes } from '../nodes.ts'
import type { Profiles } from '../profile/profiles.ts'
import type { JobChanges } from './changes.ts'
import { alreadyEnded } from './failures.ts'
import type { JobBook } from './job-book.ts'
import type { JobLogs } from './log-files.ts'
import { pinRequest } from './pin.ts'
import { planSteps } from './plan.ts'
import { isEnded, type JobRecord } from './record.ts'

interface JobsDeps {
  readonly book: JobBook
  readonly changes: JobChanges
  readonly nodes: Nodes
  readonly profiles: Profiles
  readonly images: ImageService
  readonly logs: JobLogs
  readonly clock: Clock
  readonly view: (job: JobRecord) => JobView
}

/** So many ended jobs a list shows when it is not told how many. */
const ENDED_SHOWN = 100

export class Jobs {
  readonly #deps: JobsDeps

  constructor(deps: JobsDeps) {
    this.#deps = deps
  }

  /** In the queue and on disk when it answers. */
  async post(request: JobRequest): Promise<JobView> {
    const { book, changes, nodes, profiles, images, logs, clock } = this.#deps
    // What lies in the folder now is what a person who posts a build means.
    if (request.kind === 'build') await profiles.look(true)
    const pins = pinRequest(request, {
      node: (idOrName) => nodes.find(idOrName),
      profile: (name) => profiles.inForce(name),
      image: (name, version) => images.find(name, version),
    })
    const id = randomUUID()
    const draft: JobRecord = {
      id,
      sequence: book.takeSequence(),
      request,
      queuedAt: instantOf(clock.now()),
      life: { phase: 'queued', attempt: 0 },
      pins,
      stepKinds: [],
      results: [],
    }
    const steps = await this.plan(draft, undefined)
    const job = { ...draft, stepKinds: steps.map(({ kind }) => kind) }
    await Promise.all([book.put(job), logs.note(id, `posted: ${describe(job)}`)])
    changes.offer(job)
    return this.#deps.view(job)
  }

  /** The steps as the node gets them; without a node, to see whether there is a plan at all. */
  async plan({ id, request, pins }: JobRecord, node: NodeRecord | undefined): Promise<readonly Step[]> {
    const { profiles, images } = this.#deps
    const { profile: name } = request
    const { profileRevision, imageName, imageVersion } = pins
    const profile =
      name === undefined || profileRevision === undefined ? undefined : await profiles.revision(name, profileRevision)
    const hasImage = imageVersion !== undefined || images.list().some((each) => each.name === imageName)
    const image = hasImage ? images.find(imageName, imageVersion) : undefined
    const knownTableIds = [...new Set([id, ...(node?.tableIds ?? []), ...images.tableIds()])]
    return planSteps({ jobId: id, request, profile, image, knownTableIds })
  }

  async list(endedLimit = ENDED_SHOWN): Promise<readonly JobView[]> {
    return (await this.#deps.book.list(endedLimit)).map(this.#deps.view)
  }

  async show(id: string): Promise<JobView> {
    return this.#deps.view(await this.#deps.book.find(id))
  }

  async cancel(id: string, reason: string): Promise<JobView> {
    const known = await this.#deps.book.find(id)
    const job = this.#deps.book.get(id)
    if (job === undefined || isEnded(job)) throw alreadyEnded(id, (job ?? known).life.phase)
    const change = this.#deps.changes.apply(job, { type: 'cancelled' }, { note: `cancelled: ${reason}` })
    await Promise.all([change.written, change.noted])
    return this.#deps.view(change.job)
  }
}

function describe({ request, pins }: JobRecord): string {
  const version = pins.imageVersion === undefined ? '' : ` version ${pins.imageVersion}`
  const from = request.profile === undefined ? '' : ` from profile ${request.profile} ${pins.profileRevision?.slice(0, 12)}`
  return `${request.kind} of ${pins.imageName}${version}${from}${request.node === undefined ? '' : ` on ${request.node}`}`
}
