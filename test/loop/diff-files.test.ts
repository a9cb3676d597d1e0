// Which files differ between two captured versions, on the filesystems that this kernel mounts; what it cannot, it says.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { diffFiles, type PartitionFiles } from '../../src/winpe-agent/index.ts'
import { DiskScene } from '../fakes/disk-scene.ts'
import { RecordedFileWork } from '../fakes/file-work.ts'
import { sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024

let scene: DiskScene
let work: RecordedFileWork

beforeAll(async () => {
  scene = await DiskScene.open({ sourceBytes: 800 * MiB })
  const { source, agent, directory } = scene
  await source.layOut(
    'label: gpt\nsize=40M, type=U, name=esp\nsize=100M, type=L, name=root\nsize=310M, type=L, name=data\nsize=120M, type=L, name=more\nsize=20M, type=S, name=swap\ntype=L, name=quiet',
  )
  await sh(
    `mkfs.vfat ${source.part(1)}; mkfs.ext4 -q ${source.part(2)}; mkfs.xfs -q ${source.part(3)}; mkfs.btrfs -q ${source.part(4)}; mkswap -q ${source.part(5)}; mkfs.ext4 -q ${source.part(6)}`,
  )
  const fill = (number: number, script: (m: string) => string) => scene.mounted(source, number, (m) => sh(script(m)))
  for (const number of [2, 3, 4, 6]) {
    await fill(
      number,
      (m) => `mkdir ${m}/etc; echo before > ${m}/etc/changed; echo stays > ${m}/etc/stays; echo goes > ${m}/goes`,
    )
  }
  work = new RecordedFileWork(scene.url)
  await agent.capture(source.inventory)
  await sh(`head -c 3000 /dev/urandom > ${directory}/more; mcopy -i ${source.part(1)} ${directory}/more ::/more`)
  for (const number of [2, 3, 4]) {
    // "after!" is as long as "before": only its content tells. The file that is only touched did not change.
    await fill(number, (m) => `echo after! > ${m}/etc/changed; touch ${m}/etc/stays; rm ${m}/goes; seq 1000 > ${m}/etc/comes`)
  }
  await sh(`mkswap -q ${source.part(5)}`)
  await agent.capture(source.inventory)
})

afterAll(() => scene?.close())

async function filesOf(limit: number): Promise<PartitionFiles[]> {
  const order = {
    from: scene.version(1),
    to: scene.version(2),
    diff: await scene.appliance.images.diff('disk', 1, 2),
    limit,
    temporaryFolder: scene.directory,
  }
  return diffFiles(order, work)
}

it('tells files that changed, with sizes, and of the rest why not; leaves nothing behind', async () => {
  const files = [
    { path: 'etc/changed', change: 'changed', sizeBefore: 7, sizeAfter: 7 },
    { path: 'etc/comes', change: 'added', sizeBefore: 0, sizeAfter: 3893 },
    { path: 'goes', change: 'removed', sizeBefore: 5, sizeAfter: 0 },
  ]
  // All are counted, two are told.
  const compared = { kind: 'compared', added: 1, removed: 1, changed: 1, files: files.slice(0, 2) }
  const found = await filesOf(2)
  for (const number of [2, 3, 4]) expect(found.find((one) => one.number === number)).toEqual({ number, ...compared })
  // Most kernels mount FAT; those of bare test machines may not.
  const [fat] = found
  if (fat?.kind === 'compared') expect(fat.files).toEqual([{ path: 'more', change: 'added', sizeBefore: 0, sizeAfter: 3000 }])
  else expect(fat).toMatchObject({ kind: 'not-compared', reason: expect.stringContaining('cannot mount it') })
  expect(found.find(({ number }) => number === 5)).toMatchObject({
    kind: 'not-compared',
    reason: expect.stringContaining('swap'),
  })
  expect(found.find(({ number }) => number === 6)).toEqual({ number: 6, kind: 'same' })
  expect(await sh(`losetup --list --noheadings --output BACK-FILE | grep -c ${scene.directory}/platen-diff || true`)).toBe('0')
  expect(await sh(`ls -d ${scene.directory}/platen-diff-* 2>/dev/null || true`)).toBe('')
  expect(await sh('grep -c /platen-look- /proc/self/mounts || true')).toBe('0')
})
