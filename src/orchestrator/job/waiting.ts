// Jobs that run, and why one waits, for whoever asks.
import type { JobView } from '../../contract/job.ts'
import type { JobWait } from '../../contract/job-wait.ts'
import type { NodeClasses } from '../node/classes.ts'
import type { Nodes } from '../node/nodes.ts'
import type { JobBook } from './job-book.ts'
import type { JobRecord } from './record.ts'
import { waitReasons } from './wait-reasons.ts'

interface WaitingDeps {
  readonly book: JobBook
  readonly nodes: Nodes
  readonly classes: Pick<NodeClasses, 'isMember'>
  readonly view: (job: JobRecord) => JobView
}

export class Waiting {
  readonly #deps: WaitingDeps

  constructor(deps: WaitingDeps) {
    this.#deps = deps
  }

  running(): readonly JobView[] {
    return this.#running().map(this.#deps.view)
  }

  /** Throws JOB_NOT_FOUND. */
  async why(id: string): Promise<JobWait> {
    const { book, nodes, classes, view } = this.#deps
    const job = await book.find(id)
    if (job.life.phase !== 'queued') return { would: { count: 0, nodes: [] }, against: [] }
    const { notOffered } = view(job)
    const busy = new Set(this.#running().map(({ life }) => (life.phase === 'running' ? life.nodeId : '')))
    const facts = {
      isMember: classes.isMember.bind(classes),
      isBusy: (nodeId: string) => busy.has(nodeId),
    }
    return { ...(notOffered === undefined ? {} : { notOffered }), ...waitReasons(job, nodes.values(), facts) }
  }

  #running(): readonly JobRecord[] {
    return this.#deps.book.unended().filter(({ life }) => life.phase === 'running')
  }
}
