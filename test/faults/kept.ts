// What an appliance acknowledged, and whether one that begins on a folder still has it.
import { expect } from 'vitest'
import type { OrchestratorScene } from '../fakes/orchestrator-scene.ts'

export type Kept =
  | { readonly kind: 'secret' | 'user' | 'class'; readonly name: string }
  | { readonly kind: 'node'; readonly name: string; readonly state: string }
  | { readonly kind: 'version'; readonly image: string; readonly version: number }
  | { readonly kind: 'tag'; readonly image: string; readonly tag: string; readonly version: number }
  | { readonly kind: 'job' | 'job-ended'; readonly id: string }
  | { readonly kind: 'owner'; readonly job: string; readonly node: string }
  | { readonly kind: 'step'; readonly job: string; readonly done: number }

interface JobSeen {
  readonly id: string
  readonly state: string
  readonly nodeId?: string
  readonly results: readonly unknown[]
}

/** Nothing acknowledged is lost, every version that is listed verifies, and no machine has two jobs. `told` says where, for a failure. */
export async function checkKept(
  scene: OrchestratorScene,
  kept: readonly Kept[],
  told: string,
  { verifies = true } = {},
): Promise<void> {
  const get = async <T>(path: string): Promise<T> => (await scene.operator<T>('GET', path)).body
  const names = async (path: string, list: string) =>
    ((await get<Record<string, { name: string }[]>>(path))[list] ?? []).map(({ name }) => name)
  const { jobs } = await get<{ jobs: JobSeen[] }>('/jobs?ended=100')
  const { nodes } = await get<{ nodes: { name: string; state: string }[] }>('/nodes')
  const { images } = await get<{ images: { name: string; versions: { version: number; tags?: string[] }[] }[] }>('/images')
  const lists = {
    secret: await names('/secrets', 'secrets'),
    user: await names('/users', 'users'),
    class: await names('/classes', 'classes'),
  }
  const versions = new Map(
    images.flatMap(({ name, versions: all }) => all.map((each) => [`${name}@${each.version}`, each] as const)),
  )
  const jobOf = (id: string) => jobs.find((job) => job.id === id)
  const tagged = new Map<string, number>()
  for (const one of kept) {
    const what = `${told}: ${JSON.stringify(one)}`
    if ('name' in one && !('state' in one)) expect(lists[one.kind], what).toContain(one.name)
    else if (one.kind === 'node')
      expect(nodes, what).toContainEqual(expect.objectContaining({ name: one.name, state: one.state }))
    else if (one.kind === 'version') expect([...versions.keys()], what).toContain(`${one.image}@${one.version}`)
    else if (one.kind === 'tag') tagged.set(`${one.image} ${one.tag}`, one.version)
    else if (one.kind === 'job') expect(jobOf(one.id), what).toBeDefined()
    else if (one.kind === 'job-ended') expect(jobOf(one.id)?.state, what).toBe('cancelled')
    else if (one.kind === 'owner') expect(jobOf(one.job)?.nodeId, what).toBe(one.node)
    else if (one.kind === 'step') expect(jobOf(one.job)?.results.length, what).toBeGreaterThanOrEqual(one.done)
  }
  for (const [key, version] of tagged) {
    const [image = '', tag = ''] = key.split(' ')
    // The next one may have been made before it was acknowledged.
    const has = [...versions]
      .filter(([name, { tags }]) => name.startsWith(`${image}@`) && tags?.includes(tag))
      .map(([, each]) => each.version)
    expect(has.length, `${told}: ${key} stands at one version`).toBe(1)
    expect(has[0], `${told}: ${key}`).toBeGreaterThanOrEqual(version)
  }
  for (const key of verifies ? versions.keys() : []) {
    const [image = '', version] = key.split('@')
    const { damaged } = await scene.rooms.library.images.verify(image, Number(version))
    expect(damaged, `${told}: ${key} verifies`).toEqual([])
  }
  const owners = jobs.filter(({ state }) => state === 'running').map(({ nodeId }) => nodeId)
  expect(new Set(owners).size, `${told}: no machine has two jobs`).toBe(owners.length)
}
