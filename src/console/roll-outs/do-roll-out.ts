// What a person can do to a roll-out.
import { type Schema, unwrap } from '../../client/index.ts'
import { api, KEYS, queries } from '../app/api.ts'

export type RollOut = Schema<'RollOutView'>
export type Steering = 'pause' | 'resume' | 'abort'

/** What makes sense now. */
export function steeringsOf({ phase }: RollOut): readonly Steering[] {
  if (phase === 'running') return ['pause', 'abort']
  return phase === 'paused' || phase === 'stopped' ? ['resume', 'abort'] : []
}

export async function steer({ id }: RollOut, steering: Steering): Promise<void> {
  const path = `/api/v1/roll-outs/{id}/${steering}` as const
  await unwrap(api.POST(path, { params: { path: { id } } }))
  await queries.invalidateQueries({ queryKey: KEYS.rollOuts })
}

/** The nodes of each ring, those that have not begun last. */
export function ringsOf({ nodes }: RollOut): readonly { readonly ring: number | undefined; readonly nodes: RollOut['nodes'] }[] {
  const rings = new Map<number | undefined, RollOut['nodes'][number][]>()
  for (const node of nodes) rings.set(node.ring, [...(rings.get(node.ring) ?? []), node])
  return [...rings]
    .map(([ring, each]) => ({ ring, nodes: each }))
    .sort((a, b) => (a.ring ?? Number.POSITIVE_INFINITY) - (b.ring ?? Number.POSITIVE_INFINITY))
}
