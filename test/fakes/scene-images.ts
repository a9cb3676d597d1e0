// Puts a version of an image into a scene the way an agent does: a build is handed out, its capture sends chunk and manifest.
import { CHUNK_BYTES } from '../../src/imaging/chunk-grid.ts'
import type { OrchestratorScene, SceneMachine } from './orchestrator-scene.ts'

/** Gives the version of image `tiny` that came of it. `filler` makes its content another one. */
export async function captureTiny(scene: OrchestratorScene, machine: SceneMachine, filler: number): Promise<number> {
  await scene.post({ kind: 'build', profile: 'tiny' })
  const assignment = (await machine.claim())!
  for (let step = 0; step < assignment.steps.length - 1; step++) await machine.report(assignment, step)

  const published = await machine.publish(assignment, Buffer.alloc(CHUNK_BYTES, filler))
  if (published.status >= 300) throw new Error(`${published.status} ${JSON.stringify(published.body)}`)
  const { version } = published.body
  await machine.report(assignment, assignment.steps.length - 1, { imageVersion: version })
  return version
}
