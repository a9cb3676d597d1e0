// Jobs of a batch as a grid: products down, configurations across. Pure.
import type { JobView } from '../app/api.ts'

export interface BatchGrid {
  readonly batch: string
  /** When its latest job was posted. */
  readonly queuedAt: string
  readonly products: readonly string[]
  /** One without a name: products were built once each. */
  readonly configurations: readonly string[]
  /** The latest job of each field. */
  readonly jobs: ReadonlyMap<string, JobView>
}

export const fieldOf = (product: string, configuration: string): string => `${product}/${configuration}`

/** The newest batch first. A batch that was posted again shows the latest job of each field. */
export function batchGrids(jobs: readonly JobView[]): readonly BatchGrid[] {
  const byBatch = Map.groupBy(
    jobs.filter(({ request }) => request.batch !== undefined),
    ({ request }) => request.batch!,
  )
  return [...byBatch].map(([batch, own]) => gridOf(batch, own)).sort((a, b) => b.queuedAt.localeCompare(a.queuedAt))
}

function gridOf(batch: string, own: readonly JobView[]): BatchGrid {
  const ordered = own.toSorted((a, b) => a.queuedAt.localeCompare(b.queuedAt))
  const jobs = new Map<string, JobView>()
  const products = new Set<string>()
  const configurations = new Set<string>()
  for (const job of ordered) {
    const { product, configuration } = placeOf(job)
    products.add(product)
    configurations.add(configuration)
    jobs.set(fieldOf(product, configuration), job)
  }
  return {
    batch,
    queuedAt: ordered.at(-1)?.queuedAt ?? '',
    products: [...products],
    configurations: [...configurations],
    jobs,
  }
}

/** "Nightly: kiosk/german" is product kiosk in configuration german (as `platen build --manifest FILE` names its jobs); else by profile and node. */
function placeOf({ request, nodeName }: JobView): { readonly product: string; readonly configuration: string } {
  const [, product, configuration] = /: ([a-z0-9][a-z0-9._-]*)(?:\/([a-z0-9][a-z0-9._-]*))?$/.exec(request.title ?? '') ?? []
  if (product !== undefined) return { product, configuration: configuration ?? '' }
  return { product: request.profile ?? request.image ?? request.kind, configuration: request.node ?? nodeName ?? '' }
}
