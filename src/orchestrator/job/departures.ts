// Machines that leave for a reboot step: the departure is on disk before they go, and their next boots are answered for the step.
import type { Departure } from '../../contract/agent-api.ts'
import type { FileRef, RebootStep, RebootTarget } from '../../contract/steps.ts'
import type { Clock, Log } from '../../store/index.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { type Away, describeAway, isBackAt } from './away.ts'
import type { JobChanges } from './changes.ts'
import { leaseLost, notFound, outOfOrder, rebootRefused } from './failures.ts'
import type { JobBook } from './job-book.ts'
import type { Leases } from './leases.ts'
import type { Plan } from './plan.ts'
import type { JobRecord } from './record.ts'

interface DeparturesDeps {
  readonly book: JobBook
  readonly changes: JobChanges
  readonly nodes: Nodes
  readonly leases: Leases
  readonly clock: Clock
  readonly log: Log
  readonly plan: (job: JobRecord, node: NodeRecord) => Promise<Plan>
}

/** Where the step sends a boot. */
export interface BootSent {
  readonly into: RebootTarget
  readonly hasInitrd: boolean
  readonly kernelArguments: string
}

export class Departures {
  readonly #deps: DeparturesDeps

  constructor(deps: DeparturesDeps) {
    this.#deps = deps
  }

  /** On disk when it answers; the same departure again changes nothing. */
  async depart(
    { nodeId, boot }: { readonly nodeId: string; readonly boot: string },
    jobId: string,
    body: Departure,
  ): Promise<void> {
    const { book, changes, nodes, leases, clock } = this.#deps
    nodes.touch(nodeId)
    const [node, planned] = [nodes.get(nodeId), book.get(jobId)]
    if (node === undefined || planned === undefined) throw leaseLost(jobId)
    const { steps } = await this.#deps.plan(planned, node)
    const job = book.get(jobId)
    if (job?.life.phase !== 'running' || job.life.nodeId !== nodeId || job.life.leaseId !== body.leaseId) throw leaseLost(jobId)
    const step = steps[body.step]
    if (body.step !== job.life.stepIndex || step?.kind !== 'reboot') throw outOfOrder(body.step, job.life.stepIndex)
    if (job.life.away !== undefined) return book.settled(jobId)
    refuseWhatSecureBootForbids(step, node)
    const away = awayFor(step, boot, clock.now())
    const what = `step ${body.step + 1} of ${job.stepKinds.length}, reboot`
    leases.renew(jobId)
    leases.beginStep(jobId)
    const { written, noted } = changes.apply(
      job,
      { type: 'departed', step: body.step, away },
      { note: `${what}: ${node.name} ${describeAway(away)}` },
    )
    await Promise.all([written, noted])
  }

  /** From memory, at once; what it notes goes to the disk behind it. undefined: the job's machine is not away. */
  answerFor(job: JobRecord, isAgain: boolean): BootSent | undefined {
    if (job.life.phase !== 'running' || job.life.away === undefined) return undefined
    const { away } = job.life
    const { changes, clock, log } = this.#deps
    const now = clock.now()
    const isBack = isBackAt(away, now, isAgain)
    // Asking again within one boot moves nothing.
    if (!isAgain && !away.isBack) {
      const sent: Away = { ...away, isBack, answeredAt: now }
      const { written } = changes.apply(
        job,
        { type: 'boot-answered', at: now, isBack },
        { note: `its machine ${describeAway(sent)}` },
      )
      written.catch((error: unknown) => log.error({ err: error, job: job.id }, 'the answer to a boot could not be noted'))
    }
    const { into, initrd, kernelArguments } = away
    return { into: isBack ? 'boot-os' : into, hasInitrd: initrd !== undefined, kernelArguments }
  }

  /** A file for the machine's next boot. Throws JOB_NOT_FOUND when it is not away for a kernel. */
  fileFor(nodeId: string, name: 'kernel' | 'initrd'): FileRef {
    const { book, leases } = this.#deps
    const jobId = leases.jobOf(nodeId) ?? ''
    const life = book.get(jobId)?.life
    const file = life?.phase === 'running' ? life.away?.[name] : undefined
    if (file === undefined) throw notFound(jobId || 'for this boot')
    return file
  }
}

function awayFor(step: RebootStep, boot: string, now: number): Away {
  const { into, how, kernel, initrd, notBackBeforeSeconds, timeoutSeconds } = step
  return {
    into,
    at: now,
    boot,
    until: now + timeoutSeconds * 1000,
    ...(how === 'kexec' ? { answeredAt: now } : {}),
    answers: 0,
    isBack: false,
    notBackBeforeSeconds,
    ...(kernel === undefined ? {} : { kernel }),
    ...(initrd === undefined ? {} : { initrd }),
    kernelArguments: step.arguments,
  }
}

/** Its loader starts only what is signed and fetches nothing over HTTP; kexec is locked down, too. */
function refuseWhatSecureBootForbids({ into }: RebootStep, { name, inventory }: NodeRecord): void {
  if (into !== 'kernel' || inventory.secureBoot !== 'on') return
  throw rebootRefused(
    `${name} starts with Secure Boot on and cannot be sent into a kernel of a profile`,
    'Switch Secure Boot off on machines that build this profile, or let the step go through the local disk.',
  )
}
