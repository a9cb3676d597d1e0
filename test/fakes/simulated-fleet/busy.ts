// A day in the life of a simulated fleet: images made, classes set, machines that run one version and should run another, jobs that
// run, wait and have failed.
import type { SimulatedFleet } from './fleet.ts'

interface Node {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly tags?: readonly string[]
}

export async function makeBusy(fleet: SimulatedFleet): Promise<void> {
  const approved = (await fleet.ask<{ nodes: readonly Node[] }>('GET', '/nodes')).nodes.filter(
    ({ state }) => state === 'approved',
  )
  const [maker, other] = approved
  for (const [image, node, versions] of [
    ['web-base', maker, 3],
    ['db-base', other, 2],
  ] as const) {
    for (let version = 1; version <= versions; version++) await done(fleet, { kind: 'capture', node: node!.id, image })
  }
  await fleet.ask('PUT', '/images/web-base/versions/2/tags/stable', {})
  await fleet.ask('PUT', '/classes/web', {
    title: 'Web servers',
    selector: { tags: ['web'] },
    runs: [{ image: 'web-base', version: 3 }],
  })
  await fleet.ask('PUT', '/classes/database', { selector: { tags: ['db'] }, runs: [{ image: 'db-base' }] })
  const web = approved.filter(({ tags = [] }) => tags.includes('web'))
  const deploy = (node: Node, version: number) => ({
    kind: 'deploy',
    node: node.id,
    image: 'web-base',
    version,
    eraseForeignData: true,
  })
  await Promise.all(web.slice(0, 12).map((node, n) => done(fleet, deploy(node, n < 9 ? 3 : 2))))
  for (const node of web.slice(12, 18)) await fleet.ask('POST', '/jobs', deploy(node, 3))
  for (const n of [1, 2, 3]) await fleet.ask('POST', '/jobs', { kind: 'build', profile: 'web-base', held: n === 3, priority: n })
  await fleet.ask('POST', '/jobs', {
    kind: 'build',
    profile: 'db-base',
    title: 'Nightly database build on a machine with a terabyte of memory',
    needs: { minMemoryBytes: 1_000_000_000_000 },
  })
  const held = approved.at(-1)!
  await fleet.ask('POST', `/nodes/${held.id}/hold`, { reason: 'a fan is loud: the technician comes on Thursday' })
}

async function done(fleet: SimulatedFleet, job: object): Promise<void> {
  const { id } = await fleet.ask<{ id: string }>('POST', '/jobs', job)
  const state = await fleet.ended(id)
  if (state !== 'succeeded') throw new Error(`${JSON.stringify(job)} ended ${state}`)
}
