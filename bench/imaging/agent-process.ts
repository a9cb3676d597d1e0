// One imaging step of the agent in a process of its own: prints what came of it as one JSON line.

import type { ImageVersionView } from '../../src/contract/image.ts'
import { ImagingAgent } from '../../test/fakes/imaging-agent.ts'

/** wish: for a capture the name of the image, else the version. */
const [action, url = '', diskJson = '', wish = 'null', known = ''] = process.argv.slice(2)
const disk = JSON.parse(diskJson)
const view = () => JSON.parse(wish) as ImageVersionView
const agent = new ImagingAgent(url)
const started = performance.now()
const cpu = process.cpuUsage()
const outcome =
  action === 'capture'
    ? await agent.capture(disk, { jobId: `${JSON.parse(wish)}.${process.pid}`, imageName: JSON.parse(wish) })
    : action === 'deploy'
      ? await agent.deploy(disk, view(), { eraseForeignData: true, knownTableIds: known === '' ? [] : [known] })
      : await agent.verify(disk, view())
const { user, system } = process.cpuUsage(cpu)
const result = {
  ...outcome,
  seconds: (performance.now() - started) / 1000,
  cpuSeconds: (user + system) / 1e6,
  maxMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
}
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
