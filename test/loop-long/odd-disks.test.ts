// Disks that people bring and that nothing here reads: each is refused by its name, and taken whole, byte for byte, when the job says so. And tables that
// are odd but true, which come back as they are. Made with the tools of their systems where Debian has them, else byte by byte.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CaptureStep } from '../../src/contract/steps.ts'
import { DiskScene } from '../fakes/disk-scene.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'
import { BROUGHT, ODD_DISK_BYTES, type OddDisk, TABLES } from '../suites/odd-disks.ts'

const MiB = 1024 * 1024
const SIZE = ODD_DISK_BYTES

describe('an odd disk', () => {
  let scene: DiskScene

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: MiB })
  })

  afterAll(() => scene?.close())

  /** On disks of its own, which nobody has seen before; the target is full of something else. */
  async function withDisks(
    { make, sectorBytes = 512 }: OddDisk,
    work: (source: ImageDisk, target: ImageDisk) => Promise<void>,
  ): Promise<void> {
    await using ends = new AsyncDisposableStack()
    const open = async (name: string) => {
      const disk = await scene.addDisk(name, SIZE, sectorBytes)
      ends.defer(() => disk.remove())
      return disk
    }
    const [source, target] = [await open('odd'), await open('copy')]
    await sh(`d=${source.path}; f=${source.file}; t=${scene.directory}; cd $t; ${make}`)
    await sh(
      `sync; blockdev --flushbufs ${source.path}; partx --update --nr 1:256 ${source.path} 2>/dev/null || partx --delete ${source.path} 2>/dev/null || true`,
    )
    await sh(`yes 'something else' | head -c ${SIZE} > ${target.path}; sync; blockdev --flushbufs ${target.path}`)
    await work(source, target)
  }

  const versions = () => scene.appliance.images.list().flatMap((image) => image.versions)

  it.each(BROUGHT)('is refused by its name, and taken whole: $name', async (odd) => {
    await withDisks(odd, async (source, target) => {
      const before = versions().length
      const refused = await scene.agent.capture(source.inventory).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: odd.code, message: expect.stringMatching(odd.says) })
      expect(versions().length).toBe(before)
      if (odd.take === undefined) return
      await copy(source, target, odd.take)
      // With a table the rest of the disk is the table's.
      await (odd.take.as === 'raw' ? expectSame(source, target, 0) : expectSame(source, target, 1))
    })
  })

  it.each(TABLES)('comes back as it is: $name', async (odd) => {
    await withDisks(odd, async (source, target) => {
      await copy(source, target, {})
      for (const line of odd.says) expect(scene.agent.log.join('\n')).toMatch(line)
      expect(await sh(`d=${target.path}; ${odd.look}`)).toBe(await sh(`d=${source.path}; ${odd.look}`))
      for (const number of odd.same) await expectSame(source, target, number)
    })
  })

  async function copy(source: ImageDisk, target: ImageDisk, wishes: Partial<CaptureStep>): Promise<void> {
    const { imageVersion } = await scene.agent.capture(source.inventory, wishes)
    const view = scene.version(imageVersion!)
    await scene.agent.deploy(target.inventory, view, { eraseForeignData: true, keepSizes: true })
    await scene.agent.verify(target.inventory, view, { keepSizes: true })
    await sh(`blockdev --flushbufs ${target.path}; partx --update --nr 1:256 ${target.path} 2>/dev/null || true`)
  }
})

const expectSame = (source: ImageDisk, target: ImageDisk, number: number): Promise<string> =>
  sh(`cmp ${source.part(number)} ${target.part(number)}`)
