// Long work of the appliance itself: who began what, how far it is, how it ended, and a way to call it off. In memory: such work begins anew.
import { randomUUID } from 'node:crypto'
import { AppError } from '../contract/errors.ts'
import type { Operation, OperationKind, OperationState } from '../contract/operations.ts'
import { type Clock, instantOf } from './clock.ts'
import type { Events } from './events.ts'

interface OperationsDeps {
  readonly clock: Clock
  readonly events: Events
}

export interface OperationHandle {
  /** Aborted when somebody calls it off. */
  readonly signal: AbortSignal
  /** Cheap: may be called for each chunk. */
  progress(done: number): void
}

interface Known {
  view: Operation
  readonly abort: AbortController
}

/** Of those that ended. */
const KEPT = 100
/** Readers of events are told at most so often how far one is. */
const TELL_MS = 1000

export class Operations {
  readonly #deps: OperationsDeps
  /** The latest last. */
  readonly #known = new Map<string, Known>()

  constructor(deps: OperationsDeps) {
    this.#deps = deps
  }

  /** What the work gives, or throws. Throws OPERATION_CANCELLED when somebody called it off. */
  async run<T>(
    what: { readonly kind: OperationKind; readonly title: string; readonly total?: number | undefined },
    work: (handle: OperationHandle) => Promise<T>,
  ): Promise<T> {
    const { kind, title, total } = what
    const abort = new AbortController()
    const startedAt = instantOf(this.#deps.clock.now())
    const view: Operation = {
      id: randomUUID(),
      kind,
      title,
      state: 'running',
      startedAt,
      done: 0,
      ...(total === undefined ? {} : { total }),
    }
    const known: Known = { view, abort }
    this.#known.set(view.id, known)
    this.#tell('operation.changed', known)
    try {
      const given = await work({ signal: abort.signal, progress: this.#progressOf(known) })
      this.#end(known, 'succeeded')
      return given
    } catch (error) {
      if (abort.signal.aborted) {
        this.#end(known, 'cancelled')
        throw calledOff(known.view)
      }
      this.#end(known, 'failed', error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  list(): readonly Operation[] {
    const newestFirst = [...this.#known.values()].map(({ view }) => view).toReversed()
    const isRunning = ({ state }: Operation) => state === 'running'
    return [...newestFirst.filter(isRunning), ...newestFirst.filter((one) => !isRunning(one))]
  }

  /** Throws OPERATION_NOT_FOUND. */
  show(id: string): Operation {
    return this.#find(id).view
  }

  /** It ends as soon as it can. Throws OPERATION_OVER for one that has. */
  cancel(id: string): Operation {
    const { view, abort } = this.#find(id)
    if (view.state !== 'running')
      throw new AppError('OPERATION_OVER', `operation ${id} is ${view.state} already`, 'See it with `platen operation show`.')
    abort.abort()
    return view
  }

  #progressOf(known: Known): (done: number) => void {
    let toldAt = Number.NEGATIVE_INFINITY
    return (done) => {
      known.view = { ...known.view, done }
      const now = this.#deps.clock.elapsed()
      if (now - toldAt < TELL_MS) return
      toldAt = now
      this.#tell('operation.progressed', known)
    }
  }

  #end(known: Known, state: OperationState, failure?: string): void {
    const endedAt = instantOf(this.#deps.clock.now())
    known.view = { ...known.view, state, endedAt, ...(failure === undefined ? {} : { failure }) }
    this.#tell('operation.changed', known)
    const ended = [...this.#known.values()].filter(({ view }) => view.state !== 'running')
    for (const { view } of ended.slice(0, Math.max(0, ended.length - KEPT))) this.#known.delete(view.id)
  }

  #tell(type: 'operation.changed' | 'operation.progressed', { view }: Known): void {
    this.#deps.events.tell(type, () => ({ type, operation: view }))
  }

  #find(id: string): Known {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const hint = 'List them with `platen operation list`. A restart of the appliance forgets them.'
    throw new AppError('OPERATION_NOT_FOUND', `there is no operation ${id}`, hint)
  }
}

function calledOff({ kind, title }: Operation): AppError {
  return new AppError('OPERATION_CANCELLED', `${kind} of ${title} was called off`, 'Begin it again when it is wanted.')
}
