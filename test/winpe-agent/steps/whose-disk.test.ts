// Whose disk a deploy writes to: an id out of an image needs a second sign, and which disks are written is told before the first byte.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Disk } from '../../../src/contract/inventory.ts'
import { blankDisk, FILE_TOOLS, filledDisk, TABLE_ID, writeOn } from '../../fakes/file-disks.ts'
import { type ImageAppliance, imageAppliance } from '../../fakes/image-appliance.ts'
import { ImagingAgent } from '../../fakes/imaging-agent.ts'

let directory: string
let appliance: ImageAppliance
let target: Disk
let url: string
const requests: string[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-whose-'))
  appliance = await imageAppliance({ dataDir: join(directory, 'data'), onRequest: (each) => requests.push(each) })
  url = await appliance.listen()
  await new ImagingAgent(url, FILE_TOOLS).capture(await filledDisk(join(directory, 'source')))
})

beforeEach(async () => {
  target = { ...(await blankDisk(join(directory, 'target'))), serial: 'S3Z9' }
  await writeOn(target, 5_000_000, Buffer.from('somebody else wrote this'))
  requests.length = 0
})

afterAll(async () => {
  await appliance.close()
  await rm(directory, { recursive: true, force: true })
})

const finding = (tableId: string) =>
  new ImagingAgent(url, { ...FILE_TOOLS, disks: { findings: async () => ({ tableId, found: ['a table'] }) } })
const version = () => appliance.images.find('disk', 1)
const told = () => requests.findIndex((each) => each.endsWith('/disks'))
const fetched = () => requests.findIndex((each) => /\/chunks\/(fetch|differences)/.test(each))

describe('a disk with the id of an image', () => {
  it.each<[string, { readonly knownDisks?: string[] }, string]>([
    ['alone', {}, TABLE_ID],
    ['and another disk of this node', { knownDisks: ['serial OTHER'] }, TABLE_ID],
    ['that is none', { knownDisks: ['serial S3Z9'] }, '00000000'],
  ])('%s is not written to', async (_name, signs, id) => {
    const before = await readFile(target.devicePath)
    const wishes = { ...signs, sharedTableIds: [id] }
    await expect(finding(id).deploy(target, version(), wishes)).rejects.toMatchObject({ code: 'AGENT_DISK_HAS_DATA' })
    expect((await readFile(target.devicePath)).equals(before)).toBe(true)
    expect([told(), fetched()]).toEqual([-1, -1])
  })

  it('on a disk that this node was given an image on is ours', async () => {
    const signs = { sharedTableIds: [TABLE_ID], knownDisks: ['serial S3Z9'] }
    await finding(TABLE_ID).deploy(target, version(), signs)
    expect(told()).toBeGreaterThanOrEqual(0)
    expect(told()).toBeLessThan(fetched())
  })
})

it('an appliance that takes no note of disks gets its deploy all the same', async () => {
  const older = await imageAppliance({
    dataDir: join(directory, 'data'),
    onRequest: (each) => {
      if (each.endsWith('/disks')) throw Object.assign(new Error('Route not found'), { statusCode: 404 })
    },
  })
  try {
    const agent = new ImagingAgent(await older.listen(), FILE_TOOLS)
    await agent.deploy(target, version(), { eraseForeignData: true })
    expect(agent.log.join('\n')).toContain('did not take the note of these disks')
  } finally {
    await older.close()
  }
})
