// npm run demo -- --console: the console at a simulated fleet, without virtual machines. Stays on until Ctrl-C.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBusy } from '../test/fakes/simulated-fleet/busy.ts'
import { SimulatedFleet } from '../test/fakes/simulated-fleet/fleet.ts'
import { furnish } from '../test/fakes/simulated-fleet/furnish.ts'

export async function showConsole(nodes: number, over: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-console-'))
  try {
    await using fleet = await SimulatedFleet.start({ folder, nodes })
    const { url, token } = fleet.appliance
    console.log(`${nodes} simulated machines are at the appliance.\n\n  console   ${url}/console/\n  token     ${token}\n`)
    await makeBusy(fleet)
    await furnish(fleet, folder)
    console.log('Images are made and jobs run. Everything stays on until Ctrl-C.')
    await new Promise<void>((resolve) => {
      if (over.aborted) resolve()
      over.addEventListener('abort', () => resolve())
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
