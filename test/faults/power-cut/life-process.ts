// The life of an appliance, to be recorded. Before each line "kept: …" on standard output, the appliance has acknowledged what it says. One argument: the
// file that is told the folder.
import { writeFileSync } from 'node:fs'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'
import { live } from '../life.ts'

const scene = await OrchestratorScene.open()
writeFileSync(process.argv[2]!, scene.dataDir)
await live(scene, 3, (kept) => process.stdout.write(`kept: ${JSON.stringify(kept)}\n`))
// As it stands: who watches has seen all that was acknowledged.
process.exit(0)
