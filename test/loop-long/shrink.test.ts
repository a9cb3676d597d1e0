// A deploy to a smaller disk: the last filesystem is made smaller before the first write, or the deploy is refused. On loop devices.
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskScene } from '../fakes/disk-scene.ts'
import { sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024

describe('an image of a disk of 600 MiB whose last ext4 has files at its end', () => {
  let scene: DiskScene

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: 600 * MiB, targetBytes: 300 * MiB })
    const { source, agent } = scene
    // The second begins in the middle of a chunk of the grid.
    await source.layOut('label: gpt\nsize=21M, type=L, name=boot\ntype=L, name=root')
    await sh(`mkfs.ext4 -q ${source.part(1)}; mkfs.ext4 -q ${source.part(2)}`)
    await scene.mounted(source, 1, (m) => sh(`head -c 12000000 /dev/urandom > ${m}/kernel`))
    await scene.mounted(source, 2, (m) =>
      sh(
        `fallocate -l 420M ${m}/front; cp -a /usr/share/perl5 ${m}/; head -c 60000000 /dev/urandom > ${m}/behind; rm ${m}/front`,
      ),
    )
    await agent.capture(source.inventory)
  })

  afterAll(() => scene?.close())

  it('comes to one of 300 MiB with all its files, and again as a roll-back', async () => {
    const { source, target, agent } = scene
    await agent.wholeDeploy(target.inventory, scene.version())
    expect(agent.log.join('\n')).toMatch(
      /smaller disk: partition 2 \(ext\) is cut from 577.* to 277.* in memory before the first write/,
    )
    await sh(`sgdisk --verify ${target.path} | grep 'No problems'; e2fsck -fn ${target.part(1)}; e2fsck -fn ${target.part(2)}`)
    for (const number of [1, 2]) expect(await scene.filesOf(target, number)).toBe(await scene.filesOf(source, number))

    await scene.mounted(target, 2, (m) => sh(`rm -r ${m}/perl5; head -c 30000000 /dev/urandom > ${m}/much`))
    await agent.wholeDeploy(target.inventory, scene.version(), { knownTableIds: scene.knownTableIds })
    expect(await scene.filesOf(target, 2)).toBe(await scene.filesOf(source, 2))
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('platen-shrink-'))).toEqual([])
  })

  it('is verified there: a byte that changed is found, in the part of a chunk and in the filesystem', async () => {
    const { target, agent } = scene
    const flip = (at: number) =>
      sh(`printf '\\252\\125\\252' | dd of=${target.path} bs=1 seek=${at} conv=notrunc,fsync status=none`)
    await flip(1 * MiB + 1024 + 56)
    await expect(agent.verify(target.inventory, scene.version())).rejects.toMatchObject({ code: 'IMAGE_VERIFY_FAILED' })
    await agent.wholeDeploy(target.inventory, scene.version(), { knownTableIds: scene.knownTableIds })
    await flip(22 * MiB + 1024 + 56)
    await expect(agent.verify(target.inventory, scene.version())).rejects.toMatchObject({
      code: 'IMAGE_VERIFY_FAILED',
      message: expect.stringMatching(/the filesystem on .*p2 is not whole/),
    })
  })

  it.each([
    ['too small for what is in use', 90 * MiB, {}, /in use, and room for \d+ here/],
    ['smaller, and the job says that sizes stay', 300 * MiB, { keepSizes: true }, /keep their size/],
  ])('is refused by one that is %s, before the first write', async (_, size, wishes, says) => {
    const { agent } = scene
    const other = await scene.addDisk(`other-${size}`, size)
    await expect(agent.deploy(other.inventory, scene.version(), wishes)).rejects.toMatchObject({
      code: 'IMAGE_DOES_NOT_FIT',
      message: expect.stringMatching(says),
    })
    expect(await sh(`du --block-size=1 ${other.file} | cut -f1`)).toBe('0')
  })

  it('is refused when its filesystem says that it cannot be so small, before the first write', async () => {
    const { source, target, agent } = scene
    // A smaller ext4 has fewer inodes.
    await scene.mounted(source, 2, (m) => sh(`mkdir ${m}/many; cd ${m}/many; seq 25000 | xargs touch`))
    const { imageVersion } = await agent.capture(source.inventory)
    const before = await sh(`sha256sum ${target.path}`)
    const wishes = { knownTableIds: scene.knownTableIds }
    await expect(agent.deploy(target.inventory, scene.version(imageVersion!), wishes)).rejects.toMatchObject({
      code: 'IMAGE_DOES_NOT_FIT',
      message: expect.stringMatching(/cannot be made as small as \d+ bytes .* estimates that it needs \d+ of its blocks/),
    })
    expect(await sh(`sha256sum ${target.path}`)).toBe(before)
  })
})
