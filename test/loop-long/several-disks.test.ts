// Several disks as one image, a copy with ids of its own, and what becomes of unused blocks. On loop devices.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskScene } from '../fakes/disk-scene.ts'
import type { ImageAppliance } from '../fakes/image-appliance.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'
import type { ImagingAgent } from '../fakes/imaging-agent.ts'

const MiB = 1024 * 1024
const NEW_ID = '7d1f4a52-0c9e-4b7a-9a55-8f3c2f1d6e01'

describe('an image of two disks', () => {
  let scene: DiskScene
  let directory: string
  let appliance: ImageAppliance
  let agent: ImagingAgent
  /** Two to be captured, and two as large as these. */
  let disks: readonly ImageDisk[]

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: 64 * MiB })
    ;({ directory, appliance, agent } = scene)
    disks = [scene.source, await scene.addDisk('b', 48 * MiB), scene.target, await scene.addDisk('d', 48 * MiB)]
    await disks[0]!.layOut('label: gpt\nsize=8M, type=U\ntype=L')
    await disks[1]!.layOut('label: dos\nsize=40M, type=83')
    await sh(`mkfs.vfat ${disks[0]!.part(1)}; mkfs.ext4 -q ${disks[0]!.part(2)}; mkfs.ext4 -q ${disks[1]!.part(1)}`)
    for (const [disk, number] of [
      [disks[0]!, 2],
      [disks[1]!, 1],
    ] as const)
      await scene.mounted(disk, number, (m) => sh(`head -c 3000000 /dev/urandom > ${m}/file`))
    await agent.capture(both(0, 1), named(0, 1))
  })

  afterAll(() => scene?.close())

  const both = (first: number, second: number) => [disks[first]!.inventory, disks[second]!.inventory]
  const named = (first: number, ...others: number[]) => ({
    disk: { serial: disks[first]!.inventory.serial! },
    moreDisks: others.map((index) => ({ serial: disks[index]!.inventory.serial! })),
  })
  const version = () => scene.version()
  const fileOf = (disk: ImageDisk, number: number) => scene.mounted(disk, number, (m) => sh(`sha256sum < ${m}/file`))

  it('comes to two others, in the order that the job names', async () => {
    await agent.deploy(both(2, 3), version(), named(2, 3))
    const { contentDigest } = await agent.verify(both(2, 3), version(), named(2, 3))
    expect(contentDigest).toBe(version().contentDigest)
    await sh(`e2fsck -fn ${disks[2]!.part(2)}; e2fsck -fn ${disks[3]!.part(1)}; fsck.vfat -n ${disks[2]!.part(1)}`)
    expect(await fileOf(disks[2]!, 2)).toBe(await fileOf(disks[0]!, 2))
    expect(await fileOf(disks[3]!, 1)).toBe(await fileOf(disks[1]!, 1))
  })

  it('is not written at all when one disk must not be, or is missing, or is too small', async () => {
    const before = await sh(`sha256sum ${disks[2]!.path} ${disks[3]!.path}`)
    await sh(
      `dd if=${disks[3]!.path} of=${directory}/kept bs=1M status=none; wipefs -qa ${disks[3]!.path}; mkfs.ext4 -q -F ${disks[3]!.path}`,
    )
    const knownTableIds = appliance.images.tableIds()
    await expect(agent.deploy(both(2, 3), version(), { ...named(2, 3), knownTableIds })).rejects.toMatchObject({
      code: 'AGENT_DISK_HAS_DATA',
    })
    await sh(`dd if=${directory}/kept of=${disks[3]!.path} bs=1M status=none conv=fsync`)
    const one = { ...named(2), knownTableIds }
    await expect(agent.deploy(both(2, 3), version(), one)).rejects.toMatchObject({ code: 'IMAGE_DISKS_DISAGREE' })
    const twice = { ...named(2, 2), knownTableIds }
    await expect(agent.deploy(both(2, 3), version(), twice)).rejects.toMatchObject({ code: 'AGENT_DISK_NOT_MATCHED' })
    const exchanged = { ...named(3, 2), knownTableIds, keepSizes: true }
    await expect(agent.deploy(both(2, 3), version(), exchanged)).rejects.toMatchObject({ code: 'IMAGE_DOES_NOT_FIT' })
    expect(await sh(`sha256sum ${disks[2]!.path} ${disks[3]!.path}`)).toBe(before)
  })

  it('is not published when one of the disks cannot be read', async () => {
    await scene.mounted(disks[1]!, 1, async () => {
      await expect(agent.capture(both(0, 1), named(0, 1))).rejects.toMatchObject({ code: 'IMAGE_DISK_IN_USE' })
    })
    expect(appliance.images.list()[0]!.versions).toHaveLength(1)
  })

  it('gets ids of its own when the job says so, is warned of in the plan, and is known by them', async () => {
    const wishes = { ...named(2, 3), newTableId: NEW_ID, knownTableIds: appliance.images.tableIds() }
    await agent.deploy(both(2, 3), version(), wishes)
    await agent.verify(both(2, 3), version(), wishes)
    expect(agent.log.join('\n')).toMatch(/new ids: an fstab, boot loader .* does not find it any more/)
    const ids = (disk: ImageDisk) => sh(`sfdisk --json ${disk.path} | grep -iE '"(id|uuid)"'`)
    expect((await ids(disks[2]!)).toLowerCase()).toContain(NEW_ID)
    expect(await ids(disks[3]!)).not.toBe(await ids(disks[1]!))
    await sh(`sgdisk --verify ${disks[2]!.path} | grep 'No problems'; e2fsck -fn ${disks[3]!.part(1)}`)
    await agent.deploy(both(2, 3), version(), { ...named(2, 3), knownTableIds: [NEW_ID] })
  })

  it('leaves nothing of what stood in blocks that nobody uses, unless the job says so', async () => {
    const spot = 40 * MiB
    const readSpot = () => sh(`dd if=${disks[2]!.path} bs=1M skip=40 count=1 status=none | sha256sum`)
    const zeros = await sh('head -c 1048576 /dev/zero | sha256sum')
    const wishes = { ...named(2, 3), knownTableIds: appliance.images.tableIds() }
    const fill = `dd if=/dev/urandom of=${disks[2]!.path} bs=1M seek=${spot / MiB} count=1 conv=notrunc,fsync status=none`
    await sh(fill)
    await agent.deploy(both(2, 3), version(), { ...wishes, discard: false })
    expect(await readSpot()).not.toBe(zeros)
    await sh(`dd if=/dev/urandom of=${disks[2]!.path} bs=1M seek=24 count=34 conv=notrunc,fsync status=none`)
    const allocated = async () => Number(await sh(`du --block-size=1 ${disks[2]!.file} | cut -f1`))
    const before = await allocated()
    await agent.deploy(both(2, 3), version(), wishes)
    await agent.verify(both(2, 3), version(), wishes)
    expect(await readSpot()).toBe(zeros)
    expect(await allocated()).toBeLessThan(before - 20 * MiB)
  })
})
