// The part of the operator API about long work of the appliance, over HTTP; and how a command follows it.
import type { Static, TSchema } from 'typebox'
import { Operation, OperationList } from '../contract/operations.ts'
import type { CommandContext } from './command.ts'

export interface OperationApi {
  operations(): Promise<readonly Operation[]>
  operation(id: string): Promise<Operation>
  cancelOperation(id: string): Promise<Operation>
}

type Ask = <T extends TSchema>(method: string, path: string, answer: T, body?: unknown) => Promise<Static<T>>

export function createOperationClient(ask: Ask): OperationApi {
  const at = (id: string) => `/operations/${encodeURIComponent(id)}`
  return {
    operations: async () => (await ask('GET', '/operations', OperationList)).operations,
    operation: (id) => ask('GET', at(id), Operation),
    cancelOperation: (id) => ask('POST', `${at(id)}/cancel`, Operation),
  }
}

const PAUSE_MS = 1000

/** Until it has ended; how far it is goes to standard error. */
export async function followOperation(
  api: Pick<OperationApi, 'operation'>,
  id: string,
  { out, sleep, signal }: Pick<CommandContext, 'out' | 'sleep' | 'signal'>,
): Promise<Operation> {
  for (;;) {
    const operation = await api.operation(id)
    const { state, kind, title } = operation
    out.progress({ percent: percentOf(operation), text: `${kind}: ${title}` })
    if (state !== 'running') {
      out.endProgress()
      return operation
    }
    await sleep(PAUSE_MS, signal)
  }
}

/** undefined: nobody knows how much there is to do. */
export function percentOf({ done, total, state }: Operation): number | undefined {
  if (state === 'succeeded') return 100
  return total === undefined || total === 0 ? undefined : Math.min(100, (100 * done) / total)
}
