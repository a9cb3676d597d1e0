// Volume groups that are not what they seem: clones, physical volumes that were taken out, volumes of kinds that nobody here reads. Made by LVM's own
// programs, which only write metadata here (activation=0). Refused by name; all of it with consent.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskScene } from '../fakes/disk-scene.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024
const PV_BYTES = 96 * MiB

interface Odd {
  readonly name: string
  readonly make: (a: string, b: string) => Promise<unknown>
  readonly code: string
  readonly says: RegExp
}

/** Volumes in the language of LVM's own backups, of extents of 4 MiB, four where nothing else is said. */
const plain = (name: string, extent: number, status = '"READ", "WRITE"', count = 4) =>
  `${name} { id = "${idOf(name)}" status = [${status}] segment_count = 1
    segment1 { start_extent = 0 extent_count = ${count} type = "striped" stripe_count = 1 stripes = ["pv0", ${extent}] } }`
const made = (name: string, segment: string) =>
  `${name} { id = "${idOf(name)}" status = ["READ", "WRITE", "VISIBLE"] segment_count = 1
    segment1 { start_extent = 0 extent_count = 4 ${segment} } }`
/** LVM compares them, and looks at nothing else of them. */
const idOf = (name: string) =>
  Buffer.from(name.padEnd(24, 'x').slice(0, 24))
    .toString('hex')
    .slice(0, 32)
    .replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, '$1-$2-$3-$4-$5-$6-$7')

interface Kind {
  readonly type: string
  readonly volumes: string
}

const KINDS: readonly Kind[] = [
  {
    type: 'raid1',
    volumes: [
      made(
        'root',
        'type = "raid1" device_count = 2 region_size = 4096 raids = ["root_rmeta_0", "root_rimage_0", "root_rmeta_1", "root_rimage_1"]',
      ),
      ...['root_rmeta_0', 'root_rimage_0', 'root_rmeta_1', 'root_rimage_1'].map((name, index) => plain(name, index * 4)),
    ].join('\n'),
  },
  {
    type: 'raid5_ls',
    volumes: [
      made(
        'root',
        'type = "raid5_ls" device_count = 3 stripe_size = 128 region_size = 4096 raids = ["root_rmeta_0", "root_rimage_0", "root_rmeta_1", "root_rimage_1", "root_rmeta_2", "root_rimage_2"]',
      ),
      ...['root_rmeta_0', 'root_rimage_0', 'root_rmeta_1', 'root_rimage_1', 'root_rmeta_2', 'root_rimage_2'].map((name, index) =>
        plain(name, index * 3, undefined, 3),
      ),
    ].join('\n'),
  },
  {
    type: 'snapshot',
    volumes: [
      plain('root', 0, '"READ", "WRITE", "VISIBLE"'),
      plain('older', 4, '"READ", "WRITE", "VISIBLE"'),
      made('snapshot0', 'type = "snapshot" chunk_size = 8 origin = "root" cow_store = "older"'),
    ].join('\n'),
  },
  {
    type: 'mirror',
    volumes: [
      made('pvmove0', 'type = "mirror" mirror_count = 2 region_size = 4096 mirrors = ["pv0", 0, "pv0", 8]'),
      `root { id = "${idOf('root')}" status = ["READ", "WRITE", "VISIBLE"] segment_count = 2
        segment1 { start_extent = 0 extent_count = 4 type = "striped" stripe_count = 1 stripes = ["pv0", 16] }
        segment2 { start_extent = 4 extent_count = 4 type = "striped" stripe_count = 1 stripes = ["pvmove0", 0] } }`,
    ].join('\n'),
  },
]

describe('a volume group', () => {
  let scene: DiskScene
  let other: ImageDisk

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: 100 * MiB })
    other = await scene.addDisk('other', 100 * MiB)
  })

  afterAll(() => scene?.close())

  const disks = () => [scene.source, other]
  const parts = () => disks().map((disk) => disk.part(1)) as [string, string]
  const bothDisks = () => {
    const [disk, ...moreDisks] = disks().map(({ inventory: { serial } }) => ({ serial: serial! }))
    return { disk: disk!, moreDisks }
  }
  const captureBoth = (wishes: object = {}) =>
    scene.agent.capture(
      disks().map(({ inventory }) => inventory),
      { ...bothDisks(), ...wishes },
    )
  async function layOut(): Promise<void> {
    for (const disk of disks()) {
      await sh(`head -c ${100 * MiB} /dev/urandom > ${disk.path}; wipefs -qa ${disk.path}`)
      await disk.layOut('label: gpt\nsize=96M, type=V')
    }
  }

  const ODD: readonly Odd[] = [
    {
      name: 'of which a disk of the job is a clone of another one',
      make: async (a, b) => {
        await lvm('vgcreate -q vg', a)
        await lvm('lvcreate -q -an -Zn -Wn -L 40M -n root vg', `--devices ${a}`)
        await sh(`dd if=${a} of=${b} bs=1M conv=notrunc,fsync status=none`)
      },
      code: 'IMAGE_MEMBERS_UNSETTLED',
      says: /are the same physical volume of the volume group vg .* one is a copy of the other/,
    },
    {
      name: 'that went on without one of its physical volumes',
      make: async (a, b) => {
        await lvm('vgcreate -q vg', `${a} ${b}`)
        await sh(`dd if=${b} of=${scene.directory}/before bs=1M status=none`)
        await lvm('vgreduce -q vg', b)
        await sh(`dd if=${scene.directory}/before of=${b} bs=1M conv=notrunc,fsync status=none`)
        await lvm('lvcreate -q -an -Zn -Wn -L 40M -n root vg', `--devices ${a}`)
      },
      code: 'IMAGE_MEMBERS_UNSETTLED',
      says: /was left behind: it has the volume group vg in its state/,
    },
    ...KINDS.map(
      ({ type, volumes }): Odd => ({
        name: `with a volume of type ${type}`,
        make: async (a, b) => {
          await lvm('vgcreate -q vg', `${a} ${b}`)
          const file = join(scene.directory, 'vg.text')
          await lvm(`vgcfgbackup -q -f ${file} vg`, `--devices ${a},${b}`)
          const text = await readFile(file, 'utf8')
          const own = `\tlogical_volumes {\n${volumes}\n\t}\n`
          const end = text.lastIndexOf('\n}')
          await writeFile(file, `${text.slice(0, end + 1)}${own}${text.slice(end + 1)}`)
          await lvm(`vgcfgrestore -q --force -f ${file} vg`, `--devices ${a},${b}`)
          expect(await lvm('lvs --noheadings -a -o segtype', `--devices ${a},${b} vg`)).toContain(
            type === 'snapshot' ? 'linear' : type,
          )
        },
        code: 'IMAGE_MEMBERS_UNSUPPORTED',
        says: new RegExp(`is of type ${type}: which of its blocks are in use cannot be told`),
      }),
    ),
  ]

  it.each(ODD)('$name is refused, and all of it is taken when the job says so', async ({ make, code, says }) => {
    await layOut()
    await make(...parts())
    await sh(`sync; blockdev --flushbufs ${parts().join(' ')}`)
    await expect(captureBoth()).rejects.toMatchObject({ code, message: expect.stringMatching(says) })
    const { imageVersion } = await captureBoth({ includeUnknown: true })
    const { usedBytes } = scene.version(imageVersion!)
    // Both of them whole, or all extents of the volumes.
    expect(usedBytes).toBeGreaterThanOrEqual(code === 'IMAGE_MEMBERS_UNSUPPORTED' ? 32 * MiB : 2 * PV_BYTES)
  })
})

const CONFIG = `--config 'global{activation=0} devices{use_devicesfile=0 scan_lvs=0}'`

const lvm = (command: string, rest = ''): Promise<string> => sh(`${command} ${CONFIG} ${rest}`)
