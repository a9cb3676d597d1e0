// A disk that partitions fill from its first sectors to its end has its record in a file of its Linux. On loop devices.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findRecords } from '../../src/winpe-agent/record/find-records.ts'
import { linuxImaging } from '../../src/winpe-agent/tools/block-device.ts'
import { linuxDisks } from '../../src/winpe-agent/tools/linux-disks.ts'
import { DiskScene } from '../fakes/disk-scene.ts'
import { sh } from '../fakes/image-disk.ts'
import { RecordSigner } from '../fakes/record-signer.ts'

const MiB = 1024 * 1024
const TOOLS = { disks: linuxDisks, imaging: linuxImaging }
const run = { signal: new AbortController().signal, log: () => undefined }

let scene: DiskScene
beforeAll(async () => {
  scene = await DiskScene.open({ sourceBytes: 64 * MiB, targetBytes: 64 * MiB })
  const { source, target, agent } = scene
  await source.layOut('label: gpt\nfirst-lba: 34\nstart=34, size=131005, type=L, name=root')
  await sh(`mkfs.ext4 -q ${source.part(1)}`)
  await scene.mounted(source, 1, (m) => sh(`mkdir -p ${m}/etc; echo NAME=Small > ${m}/etc/os-release`))
  await agent.capture(source.inventory)
  await agent.deploy(target.inventory, scene.version(), { knownTableIds: scene.knownTableIds })
})
afterAll(() => scene?.close())

const shownOf = (inFile: boolean) => findRecords([scene.target.inventory], { inFile }, TOOLS, run)

it('is in the file, which the next boot OS reads when it is told to', async () => {
  const { target, agent } = scene
  const signer = new RecordSigner()
  await agent.record(target.inventory, scene.version(), { writesFile: true, answer: signer.answer })
  expect(signer.asked).toMatchObject([{ place: 'file' }])
  expect(await shownOf(false)).toEqual({ records: [] })
  expect(signer.presentOf(await shownOf(true))).toMatchObject({ record: 'good', image: { version: 1 } })
  expect(await scene.mounted(target, 1, (m) => sh(`cat ${m}/var/lib/platen/record.json`))).toContain(
    '"kind":"platen-disk-record"',
  )
  await sh(`e2fsck -fn ${target.part(1)}`)

  await scene.mounted(target, 1, (m) => sh(`sed -i 's/"version":1/"version":2/' ${m}/var/lib/platen/record.json`))
  expect(signer.presentOf(await shownOf(true))).toMatchObject({ record: 'edited' })
})

it('is nowhere when the job may not change the files', async () => {
  const { target, agent } = scene
  const signer = new RecordSigner()
  await agent.record(target.inventory, scene.version(), { writesFile: false, answer: signer.answer })
  expect(signer.asked).toMatchObject([{ place: 'none' }])
  expect(signer.shown).toEqual([])
})
