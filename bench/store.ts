// Five versions of three images in one store, beside programs that keep versions in a store of chunks: how long each takes, and what it stores.
// All read the same disks, whose unused blocks read as zeros.
import { join } from 'node:path'
import { type Archiver, archivers } from './imaging/archivers.ts'
import { type AttachedDisk, evict, replaceFiles, withMount } from './imaging/filled-disk.ts'
import { benchOptions, round } from './imaging/options.ts'
import { OurAppliance, ourCapture, ourDeploy } from './imaging/ours.ts'
import { finish, forEachCase, type Scene, storedBytesIn } from './imaging/scene.ts'
import { say, sh } from './imaging/shell.ts'

const IMAGES = ['first', 'second', 'third']
const VERSIONS = 5
/** What is measured: capturing these, and the restore of the last. */
const MEASURED = ['first', 'again', 'second', 'fifth', 'restore'] as const
type Measured = (typeof MEASURED)[number]
const CAPTURED: Readonly<Record<number, Measured>> = { 1: 'first', 2: 'again', 3: 'second', [VERSIONS + 1]: 'fifth' }
const SPEED_TARGET = 2

interface Result {
  readonly name: string
  readonly seconds: Partial<Record<Measured, number>>
  readonly storedBytes: Partial<Record<Measured, number>>
}

const options = { ...benchOptions({ 'size-gb': '1' }), cases: ['ext4' as const] }

const cases = await forEachCase(options, async (scene) => {
  const theirs = await archivers(scene.work)
  const ours = await ourArchiver(join(scene.work, 'ours'))
  const all = [ours, ...theirs]
  const disks = await imageDisks(scene)
  const results = all.map(({ name }): Result => ({ name, seconds: {}, storedBytes: {} }))

  for (let version = 1; version <= VERSIONS + 1; version++) {
    // The second is the first once more.
    if (version > 2) for (const [index, disk] of disks.entries()) await change(disk, 3 * version + index)
    const what = CAPTURED[version]
    for (const [index, archiver] of all.entries()) {
      const seconds = await captureAll(archiver, disks, version)
      const storedBytes = await storedBytesIn(archiver.folder)
      if (what === undefined) continue
      results[index]!.seconds[what] = seconds
      results[index]!.storedBytes[what] = storedBytes
      say(`${archiver.name}: ${what} ${round(seconds)} s, ${round(storedBytes / 1e6, 1)} MB stored`)
    }
  }
  for (const [index, archiver] of all.entries()) {
    results[index]!.seconds.restore = await restoreAll(archiver, disks, scene)
    say(`${archiver.name}: restore ${round(results[index]!.seconds.restore!)} s`)
  }
  await ours.stop()
  const [own, ...peers] = results as [Result, ...Result[]]
  return { case: 'three images', ...figures(own, peers) }
})
finish('store', options, cases)

function figures(own: Result, peers: readonly Result[]): Record<string, number> {
  const figures: Record<string, number> = {}
  for (const what of MEASURED) {
    figures[`${what}Ratio`] = round(Math.min(...peers.map(({ seconds }) => seconds[what]!)) / own.seconds[what]!)
    figures[`${what}Target`] = SPEED_TARGET
    if (what === 'restore') continue
    figures[`${what} storedRatio`] = round(
      Math.min(...peers.map(({ storedBytes }) => storedBytes[what]!)) / own.storedBytes[what]!,
      3,
    )
    figures[`${what} storedTarget`] = 1
  }
  return figures
}

/** The disk that the benches fill, and two that share most of it, as images for several kinds of machine do. */
async function imageDisks(scene: Scene): Promise<AttachedDisk[]> {
  const disks: AttachedDisk[] = []
  for (const index of IMAGES.keys()) {
    const disk = await scene.copy()
    if (index > 0) await change(disk, index)
    else await withMount(disk.partition, 'ext4', (at) => sh(`fstrim ${at}`))
    disks.push(disk)
  }
  return disks
}

async function change(disk: AttachedDisk, turn: number): Promise<void> {
  await withMount(disk.partition, 'ext4', async (at) => {
    await replaceFiles(at, 0.05, turn % 20)
    // Only ours knows which blocks are in use: zeros cost nobody anything.
    await sh(`sync -f ${at}; fstrim ${at}`)
  })
}

async function captureAll(archiver: Archiver, disks: readonly AttachedDisk[], version: number): Promise<number> {
  let sum = 0
  for (const [index, disk] of disks.entries()) {
    await evict(disk)
    sum += await archiver.capture(disk, IMAGES[index]!, version)
  }
  return sum
}

/** What comes back must be what was there. */
async function restoreAll(archiver: Archiver, disks: readonly AttachedDisk[], { blank }: Scene): Promise<number> {
  let sum = 0
  await sh(`sync; find ${archiver.folder} -type f -exec dd if={} iflag=nocache count=0 status=none ';'`)
  for (const [index, disk] of disks.entries()) {
    const target = await blank()
    sum += await archiver.restore(target, IMAGES[index]!, VERSIONS + 1)
    await sh(`cmp ${disk.path} ${target.path}`)
    await sh(`truncate -s 0 ${target.file}`)
  }
  return sum
}

async function ourArchiver(folder: string): Promise<Archiver & { stop(): Promise<number> }> {
  // The second and third disk are copies of the first that were changed: their nodes run the first image.
  const appliance = await OurAppliance.start(folder, [], [IMAGES[0]!])
  return {
    name: 'ours',
    folder,
    // An appliance is up when a job comes, and so is its agent.
    capture: async (disk, image) => (await ourCapture(appliance.url, disk, image)).seconds,
    restore: async (disk, image, version) =>
      (await ourDeploy(appliance.url, disk, await appliance.version(version, image))).seconds,
    stop: () => appliance.stop(),
  }
}
