// A deploy leaves its record on the disk; what captures, verifies and deploys later make of it.
import { copyFile, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Disk } from '../../../src/contract/inventory.ts'
import { recordPlaces } from '../../../src/imaging/record-place.ts'
import { findRecords } from '../../../src/winpe-agent/record/find-records.ts'
import { eraseRecords, recordsOn } from '../../../src/winpe-agent/record/record-block.ts'
import { blankDisk, FILE_TOOLS, filledDisk, TABLE_ID, writeOn } from '../../fakes/file-disks.ts'
import { type ImageAppliance, imageAppliance } from '../../fakes/image-appliance.ts'
import { ImagingAgent } from '../../fakes/imaging-agent.ts'
import { RecordSigner } from '../../fakes/record-signer.ts'

const TOOLS = { ...FILE_TOOLS, disks: { findings: async () => ({ tableId: TABLE_ID, found: ['a table'] }) } }
const run = { signal: new AbortController().signal, log: () => undefined }

let directory: string
let appliance: ImageAppliance
let url: string
let agent: ImagingAgent
let signer: RecordSigner
let target: Disk

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-record-'))
  appliance = await imageAppliance({ dataDir: join(directory, 'data') })
  url = await appliance.listen()
  agent = new ImagingAgent(url, TOOLS)
  await agent.capture(await filledDisk(join(directory, 'source')))
})

beforeEach(async () => {
  signer = new RecordSigner()
  target = { ...(await blankDisk(join(directory, 'target'))), serial: 'S3Z9' }
  await agent.deploy(target, version(), { eraseForeignData: true })
  await agent.record(target, version(), { writesFile: false, answer: signer.answer })
})

afterAll(async () => {
  await appliance.close()
  await rm(directory, { recursive: true, force: true })
})

const version = () => appliance.images.find('disk', 1)
const found = (disk: Disk) => findRecords([disk], { inFile: false }, TOOLS, run)
const textsOn = async ({ devicePath, sizeBytes }: Disk) => {
  await using handle = await open(devicePath, 'r')
  return (await recordsOn(handle, sizeBytes)).map(({ text }) => text)
}

describe('the record of a deploy', () => {
  it('is what the appliance signed, and proves itself when it is read back', async () => {
    expect(signer.asked).toMatchObject([
      { contentDigest: version().contentDigest, disks: [{ ids: ['serial S3Z9'], tableId: TABLE_ID }], place: 'beside' },
    ])
    expect(signer.presentOf(signer.shown[0]!)).toMatchObject({ record: 'good', image: { name: 'disk', version: 1 } })
    expect(await found(target)).toEqual(signer.shown[0])
  })

  it('leaves the proof of a verify as it was', async () => {
    const { contentDigest } = await agent.verify(target, version())
    expect(contentDigest).toBe(version().contentDigest)
  })

  it('does not go into an image of this disk', async () => {
    const { imageVersion } = await agent.capture(target)
    expect(appliance.images.find('disk', imageVersion).contentDigest).toBe(version().contentDigest)
  })

  it('on a copy of the disk speaks of another disk', async () => {
    const copy = { ...target, devicePath: join(directory, 'copy'), serial: 'OTHER' }
    await copyFile(target.devicePath, copy.devicePath)
    expect(signer.presentOf(await found(copy))).toMatchObject({ record: 'copied-disk' })
  })

  it('in which one byte was changed is known as edited', async () => {
    const [place] = recordPlaces(target.sizeBytes)
    const [text] = await textsOn(target)
    await writeOn(target, place!.offset + 16 + text!.indexOf('"version":') + 10, Buffer.from('7'))
    expect(signer.presentOf(await found(target))).toMatchObject({ record: 'edited' })
  })

  it('is gone before the next deploy writes content, and when a disk is formatted', async () => {
    await agent.deploy(target, version(), { eraseForeignData: true })
    expect(await textsOn(target)).toEqual([])
    await agent.record(target, version(), { writesFile: false, answer: signer.answer })
    expect(await textsOn(target)).toHaveLength(1)
    await eraseRecords(target)
    expect(await textsOn(target)).toEqual([])
  })

  it('that was proven makes a disk ours, whatever id it has', async () => {
    const strange = new ImagingAgent(url, {
      ...TOOLS,
      disks: { findings: async () => ({ tableId: undefined, found: ['LVM'] }) },
    })
    await expect(strange.deploy(target, version())).rejects.toMatchObject({ code: 'AGENT_DISK_HAS_DATA' })
    await strange.deploy(target, version(), { provenDisks: ['serial S3Z9'] })
  })
})
