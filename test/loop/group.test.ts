// Volume groups over several disks, made by LVM's own programs (which only write metadata here): captured, deployed onto disks that are full of
// something else, and looked at by LVM again.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ImageAppliance, imageAppliance } from '../fakes/image-appliance.ts'
import { ImageDisk, sh } from '../fakes/image-disk.ts'
import { ImagingAgent } from '../fakes/imaging-agent.ts'

const MiB = 1024 * 1024
const SIZE = 96 * MiB
const DATA_START = MiB
const EXTENT = 4 * MiB
const STRIPE = 64 * 1024
const CONFIG = `--config 'global{activation=0} devices{use_devicesfile=0 scan_lvs=0}'`

describe('a volume group over two disks', () => {
  let directory: string
  const sources: ImageDisk[] = []
  const targets: ImageDisk[] = []
  let appliance: ImageAppliance
  let agent: ImagingAgent

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'platen-group-'))
    for (const name of ['a', 'b']) {
      sources.push(await ImageDisk.create(join(directory, name), SIZE))
      targets.push(await ImageDisk.create(join(directory, `copy-${name}`), SIZE))
    }
    appliance = await imageAppliance({ dataDir: join(directory, 'data') })
    agent = new ImagingAgent(await appliance.listen())
    for (const disk of sources) await disk.layOut('label: gpt\nstart=2048, size=85M')
    const both = partitions(sources).join(' ')
    await sh(`pvcreate -q ${both} ${CONFIG}; vgcreate -q two ${both} ${CONFIG}`)
    await sh(
      `lvcreate -q -an -Zn -Wn -i 2 -I 64 -L 32M -n striped two ${CONFIG}; lvcreate -q -an -Zn -Wn -l 100%FREE -n long two ${CONFIG}`,
    )
    await sh(`truncate -s 32M ${directory}/striped; mkfs.ext4 -q -d /usr/share/perl5/Debian ${directory}/striped`)
    await onStripes(sources, join(directory, 'striped'), 'write')
    for (const { path } of sources) await sh(`sync ${path}; blockdev --flushbufs ${path}`)
  })

  afterAll(async () => {
    await appliance?.close()
    for (const disk of [...sources, ...targets]) await disk.remove()
    if (directory !== undefined) await rm(directory, { recursive: true, force: true })
  })

  const partitions = (disks: readonly ImageDisk[]) => disks.map((disk) => disk.part(1))
  const inventory = (disks: readonly ImageDisk[]) => disks.map((disk) => disk.inventory)
  const chosen = (disks: readonly ImageDisk[]) => {
    const [disk, ...moreDisks] = disks.map(({ inventory: { serial } }) => ({ serial: serial! }))
    return { disk: disk!, moreDisks }
  }

  it('is refused when one of them is not named', async () => {
    const one = sources.slice(0, 1)
    const refusal = { code: 'IMAGE_MEMBERS_MISSING', message: expect.stringMatching(/group two lies on 2 physical volumes/) }
    await expect(agent.capture(inventory(one), chosen(one))).rejects.toMatchObject(refusal)
  })

  it('comes back with its volumes', async () => {
    await agent.capture(inventory(sources), chosen(sources))
    const log = agent.log.join('\n')
    expect(log).toMatch(/volume two\/striped: ext/)
    expect(log).toMatch(/volume two\/long: raw/)
    for (const { path } of targets) await sh(`head -c ${SIZE} /dev/urandom > ${path}`)
    const version = appliance.images.find('disk', 1)
    const wishes = { ...chosen(targets), eraseForeignData: true }
    await agent.deploy(inventory(targets), version, wishes)
    await agent.verify(inventory(targets), version, wishes)
    expect(await report(targets)).toBe(await report(sources))
    await onStripes(targets, join(directory, 'copy'), 'read')
    await sh(
      `cd ${directory}; e2fsck -fn copy 2>&1; for f in striped copy; do mkdir $f.d; debugfs -R "rdump / $f.d" $f 2>/dev/null; done; diff -r striped.d copy.d`,
    )
  })

  const report = (disks: readonly ImageDisk[]) =>
    sh(
      `lvs --noheadings -o name,size,segtype,stripes,vg_uuid,lv_uuid ${CONFIG} --devices ${partitions(disks).join(',')} two 2>/dev/null`,
    )

  /** Its first extents, chunk by chunk, on both. */
  async function onStripes(disks: readonly ImageDisk[], file: string, access: 'read' | 'write'): Promise<void> {
    await sh(`truncate -s 32M ${file}`)
    expect(EXTENT % STRIPE).toBe(0)
    for (const [index, path] of partitions(disks).entries()) {
      await sh(`python3 - ${path} ${file} <<'END'
import sys
with open(sys.argv[1], '${access === 'write' ? 'r+b' : 'rb'}') as disk, open(sys.argv[2], 'r+b') as file:
  for row in range(${(16 * MiB) / STRIPE}):
    disk.seek(${DATA_START} + row * ${STRIPE}); file.seek((2 * row + ${index}) * ${STRIPE})
    ${access === 'write' ? `disk.write(file.read(${STRIPE}))` : `file.write(disk.read(${STRIPE}))`}
END`)
    }
    expect((await readFile(file)).length).toBe(32 * MiB)
  }
})
