// A deployed Linux becomes a machine of its own, and again after a roll-back. On loop devices, with a small root tree.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskScene } from '../fakes/disk-scene.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024
const NEW_ID = '7d1f4a52-0c9e-4b7a-9a55-8f3c2f1d6e01'
const ROOT_UUID = '11111111-2222-4333-8444-555555555555'
const IDENTITY = {
  hostname: 'rack1-07',
  machineId: '0123456789abcdef0123456789abcdef',
  sshHostKeys: true,
  cloudInit: { instanceId: 'node-1-abc', userData: '#cloud-config\npackages: [vim]\n' },
}

/** What an installed system has of its own. */
const ROOT_TREE = (m: string) => `
  cd ${m}; mkdir -p etc/ssh etc/cloud usr/lib usr/bin var/lib boot/grub
  printf 'NAME=Small\\n' > usr/lib/os-release; ln -s ../usr/lib/os-release etc/os-release
  echo golden > etc/hostname; printf '127.0.0.1 localhost\\n127.0.1.1 golden\\n' > etc/hosts
  echo ffffffffffffffffffffffffffffffff > etc/machine-id
  echo old > etc/ssh/ssh_host_ed25519_key; echo old > etc/ssh/ssh_host_ed25519_key.pub; touch etc/cloud/cloud.cfg usr/bin/cloud-init
  echo "PARTUUID=${ROOT_UUID} / ext4 defaults 0 1" > etc/fstab
  echo "linux /vmlinuz root=PARTUUID=${ROOT_UUID} ro" > boot/grub/grub.cfg`

describe('a deployed Linux', () => {
  let scene: DiskScene

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: 128 * MiB, targetBytes: 256 * MiB })
    const { source, agent } = scene
    await source.layOut(`label: gpt\nsize=20M, type=L, name=data\ntype=L, name=root, uuid=${ROOT_UUID}`)
    await sh(`mkfs.ext4 -q ${source.part(1)}; mkfs.ext4 -q ${source.part(2)}`)
    await onRoot(source, (m) => sh(ROOT_TREE(m)))
    await agent.capture(source.inventory)
  })

  afterAll(() => scene?.close())

  const onRoot = <T>(disk: ImageDisk, work: (m: string) => Promise<T>) => scene.mounted(disk, 2, work)

  async function expectIdentity(): Promise<void> {
    await sh(`e2fsck -fn ${scene.target.part(2)}`)
    await onRoot(scene.target, async (m) => {
      expect(await sh(`cat ${m}/etc/hostname ${m}/etc/machine-id; grep 127.0.1.1 ${m}/etc/hosts`)).toBe(
        `rack1-07\n${IDENTITY.machineId}\n127.0.1.1\track1-07`,
      )
      await sh(`ssh-keygen -y -f ${m}/etc/ssh/ssh_host_ed25519_key`)
      expect(await sh(`cat ${m}/var/lib/cloud/seed/nocloud/meta-data`)).toBe('instance-id: node-1-abc\nlocal-hostname: rack1-07')
    })
  }

  it('has a name, ids and keys of its own, and finds its root by the new partition id', async () => {
    const { target, agent } = scene
    await agent.wholeDeploy(target.inventory, scene.version(), { newTableId: NEW_ID }, IDENTITY)
    await expectIdentity()
    const own = (await sh(`sfdisk --part-uuid ${target.path} 2`)).toLowerCase()
    expect(own).not.toBe(ROOT_UUID)
    await onRoot(target, async (m) => {
      expect(await sh(`cat ${m}/etc/fstab ${m}/boot/grub/grub.cfg`)).toBe(
        `PARTUUID=${own} / ext4 defaults 0 1\nlinux /vmlinuz root=PARTUUID=${own} ro`,
      )
    })
  })

  it('is put back by a roll-back, moving only what differs, and made its own again', async () => {
    const { target, agent } = scene
    const keyOf = () => onRoot(target, (m) => sh(`cat ${m}/etc/ssh/ssh_host_ed25519_key.pub`))
    const before = await keyOf()
    await onRoot(target, (m) => sh(`echo changed > ${m}/etc/motd`))
    const wishes = { knownTableIds: [...scene.knownTableIds, NEW_ID] }
    const { transfer } = await agent.wholeDeploy(target.inventory, scene.version(), wishes, IDENTITY)
    expect(transfer.bytesWritten).toBeLessThan(20 * MiB)
    await expectIdentity()
    expect(await keyOf()).not.toBe(before)
    await onRoot(target, (m) => sh(`! test -e ${m}/etc/motd`))
    // Without it, it is what was captured.
    await agent.wholeDeploy(target.inventory, scene.version(), { ...wishes, keepSizes: true })
    expect(await onRoot(target, (m) => sh(`cat ${m}/etc/hostname ${m}/etc/ssh/ssh_host_ed25519_key`))).toBe('golden\nold')
  })

  it.each([
    ['no root', 'no partition holds', (m: string) => `rm ${m}/usr/lib/os-release`],
    ['two', '2 partitions hold', (m: string) => `touch ${m}/usr/lib/os-release`],
  ])('is refused when there is %s', async (_, says, change) => {
    const { source, target, agent } = scene
    await onRoot(source, (m) => sh(change(m)))
    await scene.mounted(source, 1, (m) => sh(`mkdir -p ${m}/etc; ${says.startsWith('2') ? `touch ${m}/etc/os-release` : ''}`))
    const { imageVersion } = await agent.capture(source.inventory)
    const wishes = { knownTableIds: scene.knownTableIds }
    await expect(agent.wholeDeploy(target.inventory, scene.version(imageVersion!), wishes, IDENTITY)).rejects.toMatchObject({
      code: 'IMAGE_ROOT_NOT_FOUND',
      message: expect.stringContaining(says),
    })
  })
})
