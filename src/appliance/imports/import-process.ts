// A process for one file that a worker sent: parses it, sends its chunks to the appliance that started it, publishes, and ends. What it is given
// may be made to do harm: it holds nothing of the appliance but the file and a secret for this one lease.
import { AppError } from '../../contract/errors.ts'
import { importUpload, type UploadOrder } from '../../winpe-agent/index.ts'

export interface ImportWish extends UploadOrder {
  readonly access: { readonly url: string; readonly token: string; readonly apiPrefix: string; readonly leaseId: string }
}

/** bad: code is one of ours, or empty for what nobody foresaw. */
export type ImportVerdict =
  | { readonly kind: 'good' }
  | { readonly kind: 'bad'; readonly code: string; readonly message: string; readonly hint: string }

async function verdictOf({ access, ...order }: ImportWish): Promise<ImportVerdict> {
  try {
    const signal = new AbortController().signal
    await importUpload(order, { access, log: () => undefined, progress: () => undefined, signal })
    return { kind: 'good' }
  } catch (error) {
    if (error instanceof AppError) return { kind: 'bad', code: error.code, message: error.message, hint: error.hint }
    return { kind: 'bad', code: '', message: error instanceof Error ? error.message : String(error), hint: '' }
  }
}

process.once('message', async (wish: ImportWish) => {
  process.send?.(await verdictOf(wish), undefined, undefined, () => process.exit())
})
// Whoever asked is gone.
process.once('disconnect', () => process.exit())
