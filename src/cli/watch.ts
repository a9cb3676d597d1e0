// Looks again whenever the appliance tells that something happened. The stream of events says when; what is shown is always read anew, so nothing
// that was missed while the line was broken stays wrong.
import { AppError } from '../contract/errors.ts'
import type { OperatorApi } from './api.ts'
import type { CommandContext, Output } from './command.ts'

/** Events come in bunches: one look is enough for all of them. */
const REST_MS = 500

/** Ends when the signal is aborted. An appliance that is away is waited for; it is looked at as soon as it is back. */
export async function lookWhenTold(
  api: Pick<OperatorApi, 'watchEvents'>,
  types: readonly string[],
  { signal, sleep, out }: Pick<CommandContext, 'signal' | 'sleep'> & { readonly out: Pick<Output, 'printError'> },
  look: () => Promise<void>,
): Promise<void> {
  const told = new Told()
  let isLost = false
  const watch = api.watchEvents(types, {
    onEvent: () => told.tell(),
    onMissed: () => told.tell(),
    onState: (state) => {
      if (state === 'waiting' && !isLost) out.printError('the connection is lost; it is tried again')
      if (state === 'open' && isLost) out.printError('the connection is back')
      if (state !== 'connecting') isLost = state === 'waiting'
      if (state === 'open') told.tell()
    },
  })
  signal.addEventListener('abort', () => told.tell(), { once: true })
  try {
    for (;;) {
      await told.next()
      signal.throwIfAborted()
      await look().catch(ignoreAway)
      await sleep(REST_MS, signal)
    }
  } finally {
    watch.close()
  }
}

function ignoreAway(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'CLI_APPLIANCE_UNREACHABLE') throw error
}

/** Kept until it is asked for: what is told while somebody looks is not lost. */
class Told {
  #isTold = false
  #wake: (() => void) | undefined

  tell(): void {
    this.#isTold = true
    this.#wake?.()
  }

  async next(): Promise<void> {
    if (!this.#isTold) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#isTold = false
  }
}
