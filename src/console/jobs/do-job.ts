// What can be done to a job with one call.
import { unwrap } from '../../client/index.ts'
import { api, type JobView, KEYS, queries } from '../app/api.ts'
import { tellRefused } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'

export async function moveJob(jobId: string, { before }: { readonly before?: string }): Promise<void> {
  try {
    await unwrap(
      api.POST('/api/v1/jobs/{jobId}/move', { params: { path: { jobId } }, body: before === undefined ? {} : { before } }),
    )
  } catch (error) {
    tellRefused(t.jobs.refusedMove, error)
  }
  await queries.invalidateQueries({ queryKey: KEYS.jobs })
}

export async function changeJob(kind: 'cancel' | 'hold' | 'resume', jobId: string): Promise<void> {
  const params = { path: { jobId } }
  switch (kind) {
    case 'cancel':
      return keep(await unwrap(api.POST('/api/v1/jobs/{jobId}/cancel', { params, body: {} })))
    case 'hold':
      return keep(await unwrap(api.POST('/api/v1/jobs/{jobId}/hold', { params, body: {} })))
    case 'resume':
      return keep(await unwrap(api.POST('/api/v1/jobs/{jobId}/resume', { params })))
  }
}

/** The same once more, as it was asked; the answer is the new job. */
export async function runAgain({ request }: JobView): Promise<JobView> {
  // What another system, a batch or a queue said of the first one is not said of the second.
  const { externalId: _id, importedFrom: _list, after: _after, held: _held, ...asked } = request
  return await unwrap(api.POST('/api/v1/jobs', { body: asked }))
}

function keep(job: JobView): void {
  queries.setQueryData<JobView[]>(KEYS.jobs, (list) => list?.map((old) => (old.id === job.id ? job : old)))
}
