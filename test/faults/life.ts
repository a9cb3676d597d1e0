// What happens in the life of an appliance: machines come and build, people change things. Tells what was acknowledged, each as soon as it was.
import type { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { captureTiny } from '../fakes/scene-images.ts'
import type { Kept } from './kept.ts'

export async function live(scene: OrchestratorScene, rounds: number, tell: (kept: Kept) => void): Promise<void> {
  const good = async (asked: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await asked
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`)
  }

  for (let round = 1; round <= rounds; round++) {
    await good(scene.operator('PUT', `/secrets/key-${round}`, { value: `the key of round ${round}` }))
    tell({ kind: 'secret', name: `key-${round}` })
    await good(scene.operator('POST', '/users', { name: `user-${round}`, role: 'viewer', password: 'a sentence to remember' }))
    tell({ kind: 'user', name: `user-${round}` })
    const machine = await scene.approved(round)
    tell({ kind: 'node', name: machine.nodeName, state: 'approved' })
    const version = await captureTiny(scene, machine, round)
    tell({ kind: 'version', image: 'tiny', version })
    await good(scene.operator('PUT', `/images/tiny/versions/${version}/tags/stable`))
    tell({ kind: 'tag', image: 'tiny', tag: 'stable', version })
    const job = await scene.post({ kind: 'build', profile: 'tiny', title: `of round ${round}` })
    tell({ kind: 'job', id: job.id })
    await good(
      scene.operator('PUT', `/classes/class-${round}`, { title: `of round ${round}`, selector: { tags: [`round-${round}`] } }),
    )
    tell({ kind: 'class', name: `class-${round}` })
    const other = await scene.post({ kind: 'build', profile: 'tiny' })
    await good(scene.operator('POST', `/jobs/${other.id}/cancel`, { reason: 'a change of mind' }))
    tell({ kind: 'job-ended', id: other.id })
    const taken = await machine.claim()
    if (taken !== undefined) {
      tell({ kind: 'owner', job: taken.jobId, node: machine.nodeId })
      await machine.report(taken, 0)
      tell({ kind: 'step', job: taken.jobId, done: 1 })
      await good(scene.operator('POST', `/jobs/${taken.jobId}/cancel`, { reason: 'enough' }))
      tell({ kind: 'job-ended', id: taken.jobId })
    }
  }
}
