// The appliance's image side in a process of its own: prints its URL, ends with its parent's pipe and says what processor time it used.
import { imageAppliance } from '../../test/fakes/image-appliance.ts'

/** image: what the nodes run whose disks are captured. */
const [dataDir = '', image] = process.argv.slice(2)
// Jobs of the agent's process are called after their image.
const appliance = await imageAppliance({
  dataDir,
  imageName: (jobId) => jobId.split('.')[0]!,
  runs: () => (image === undefined ? undefined : { imageName: image, version: 1 }),
})
process.stdout.write(`${await appliance.listen()}\n`)
process.stdin.resume()
process.stdin.on('end', () => {
  const { user, system } = process.cpuUsage()
  process.stdout.write(`${(user + system) / 1e6}\n`, () => process.exit(0))
})
