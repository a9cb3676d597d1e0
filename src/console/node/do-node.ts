// What can be done to a node with one call.
import { type Schema, unwrap } from '../../client/index.ts'
import { api, type JobView, KEYS, type NodeView, queries } from '../app/api.ts'
import { tellDone } from '../parts/toasts.tsx'
import { t } from '../words/index.ts'

export type NodeActionKind = 'approve' | 'hold' | 'release' | 'restart' | 'prove'

export type JobWish = Partial<Schema<'JobRequest'>> & Pick<Schema<'JobRequest'>, 'kind'>

/** Which of them make sense for a node as it is. Pure. */
export function actionsFor({ state, presence }: NodeView): readonly NodeActionKind[] {
  switch (state) {
    case 'discovered':
      return ['approve']
    case 'approved':
      return presence === 'away' ? ['hold', 'restart'] : ['hold']
    case 'held':
      return ['release']
    case 'retired':
      return []
  }
}

const HOLD_REASON = 'held from the console'

export async function doToNode(kind: NodeActionKind, { id }: NodeView): Promise<void> {
  const params = { path: { node: id } }
  switch (kind) {
    case 'approve':
      keep(await unwrap(api.POST('/api/v1/nodes/{node}/approve', { params, body: {} })))
      return
    case 'hold':
      keep(await unwrap(api.POST('/api/v1/nodes/{node}/hold', { params, body: { reason: HOLD_REASON } })))
      return
    case 'release':
      keep(await unwrap(api.POST('/api/v1/nodes/{node}/release', { params })))
      return
    case 'prove':
      keep(await unwrap(api.POST('/api/v1/nodes/{node}/prove', { params })))
      return
    case 'restart':
      await unwrap(api.POST('/api/v1/nodes/{node}/restart', { params, body: {} }))
  }
}

/** reclaim: the job that it has goes back to the queue, and it boots. */
export async function holdNode(kind: 'hold' | 'reclaim', { id }: NodeView, reason: string): Promise<void> {
  const asked = { params: { path: { node: id } }, body: { reason } }
  keep(
    kind === 'hold'
      ? await unwrap(api.POST('/api/v1/nodes/{node}/hold', asked))
      : await unwrap(api.POST('/api/v1/nodes/{node}/reclaim', asked)),
  )
  tellDone(t.actions.done(t.nodeDialogs[kind]))
}

export async function retireNode({ id }: NodeView): Promise<void> {
  keep(await unwrap(api.POST('/api/v1/nodes/{node}/retire', { params: { path: { node: id } } })))
  tellDone(t.actions.done(t.nodeDialogs.retire))
}

/** Brings a script; its digest is how jobs name it. */
export async function keepRunFile(text: string): Promise<string> {
  const asked = {
    body: text,
    bodySerializer: (body: string) => new Blob([body]),
    headers: { 'content-type': 'application/octet-stream' },
  }
  return (await unwrap(api.POST('/api/v1/run-files', asked))).digest
}

/** The answer is what the node is now: nobody has to wait for its event. */
export function keep(node: NodeView): void {
  queries.setQueryData<NodeView[]>(KEYS.nodes, (list) => list?.map((old) => (old.id === node.id ? node : old)))
}

export const nameOfAction = (kind: NodeActionKind): string => t.actions[kind]

/** Puts a job into the queue, and says so. Fields that are left out are as the appliance has them by itself. */
export async function postJob(request: JobWish): Promise<JobView> {
  // The description names fields with a default as always there: that is so in answers.
  const job = await unwrap(api.POST('/api/v1/jobs', { body: request as Schema<'JobRequest'> }))
  queries.setQueryData<JobView[]>(KEYS.jobs, (list) => list && [...list.filter(({ id }) => id !== job.id), job])
  tellDone(t.putBack.posted)
  return job
}
