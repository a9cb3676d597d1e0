// The files of a captured version over HTTP: a folder, a file, and what cannot be read.
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPERATOR_API_PREFIX } from '../../../src/contract/operator-api.ts'
import { fileRoutes } from '../../../src/library/http/file-routes.ts'
import { ImageFilesReader } from '../../../src/library/image-files/image-files.ts'
import { StartsOnDesk } from '../../../src/library/image-files/starts-on-desk.ts'
import { END, FILE_TOOLS, filledDisk, START, writeOn } from '../../fakes/file-disks.ts'
import { type ImageAppliance, imageAppliance } from '../../fakes/image-appliance.ts'
import { ImagingAgent } from '../../fakes/imaging-agent.ts'
import { SilentLog } from '../../fakes/silent-log.ts'

let directory: string
let appliance: ImageAppliance
let url: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-image-files-'))
  appliance = await imageAppliance({ dataDir: join(directory, 'data') })
  await appliance.app.register(fileRoutes, { prefix: OPERATOR_API_PREFIX, imageFiles: new ImageFilesReader(appliance.images) })
  const base = await appliance.listen()
  url = `${base}/api/v1/images/disk/versions`
  const source = join(directory, 'files')
  mkdirSync(join(source, 'usr/bin'), { recursive: true })
  writeFileSync(join(source, 'usr/bin/tool'), '#!/bin/sh\n')
  symlinkSync('usr/bin', join(source, 'bin'))
  mkdirSync(join(source, 'sbin'))
  writeFileSync(join(source, 'sbin/init'), elfFor(0xb7))
  const filesystem = join(directory, 'ext4')
  writeFileSync(filesystem, '')
  truncateSync(filesystem, END - START)
  execFileSync('mkfs.ext4', ['-q', '-d', source, filesystem])
  const disk = await filledDisk(join(directory, 'disk'))
  // The first version holds nothing that is known.
  await new ImagingAgent(base, FILE_TOOLS).capture(disk)
  // A partition for Linux, where the fake has one that boot loaders are copied from as they are.
  execFileSync('sfdisk', ['-q', '--part-type', disk.devicePath, '1', '0FC63DAF-8483-4772-8E79-3D69D8477DE4'])
  await writeOn(disk, START, await readFile(filesystem))
  const whole = async () => [{ offset: 0, length: END - START }]
  const imaging = { ...FILE_TOOLS.imaging, usedExtents: whole, usedExtentsOfPieces: whole }
  await new ImagingAgent(base, { ...FILE_TOOLS, imaging }).capture(disk)
})

afterAll(async () => {
  await appliance.close()
  await rm(directory, { recursive: true, force: true })
})

/** The head of an ELF file for a processor. */
function elfFor(machine: number): Buffer {
  const head = Buffer.alloc(64)
  head.write('\x7fELF\x02\x01\x01', 'latin1')
  head.writeUInt16LE(machine, 18)
  return head
}

const ask = (path: string) => fetch(`${url}/${path}`)

describe('the files of a version', () => {
  it('are listed, through a link', async () => {
    const answer = await ask('2/files?path=/bin')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      disk: 1,
      partition: 1,
      content: 'ext',
      path: '/usr/bin',
      files: [{ name: 'tool', kind: 'file', sizeBytes: 10, rights: 'rw-r--r--' }],
    })
  })

  it('are given with their length, by GET and by HEAD', async () => {
    const answer = await ask('2/files/content?path=bin/tool')
    expect(answer.headers.get('content-length')).toBe('10')
    expect(await answer.text()).toBe('#!/bin/sh\n')
    const head = await fetch(`${url}/2/files/content?path=bin/tool`, { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe('10')
  })

  it.each([
    { path: '2/files?path=/no', status: 404, code: 'IMAGE_FILE_NOT_FOUND' },
    { path: '2/files/content?path=/usr', status: 404, code: 'IMAGE_FILE_NOT_FOUND' },
    { path: '2/files?partition=7', status: 422, code: 'IMAGE_FILESYSTEM_UNREAD' },
    { path: '2/files?disk=2', status: 404, code: 'IMAGE_VERSION_NOT_FOUND' },
    { path: '1/files', status: 422, code: 'IMAGE_FILESYSTEM_UNREAD' },
    { path: '1/files?partition=1', status: 422, code: 'IMAGE_FILESYSTEM_UNREAD' },
    { path: '3/files', status: 404, code: 'IMAGE_VERSION_NOT_FOUND' },
  ])('$path is refused with $code', async ({ path, status, code }) => {
    const answer = await ask(path)
    expect(await answer.json()).toMatchObject({ code })
    expect(answer.status).toBe(status)
  })
})

describe('what a version starts on', () => {
  const say = (version: number, architecture: string) =>
    fetch(`${url}/${version}/facts`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ architecture }),
    })

  it('is recorded as its content has it, over what was told', async () => {
    const { images } = appliance
    const log = new SilentLog()
    const desk = new StartsOnDesk({ images, files: new ImageFilesReader(images), log })
    await images.say('disk', 1, { architecture: 'x64' })
    await images.say('disk', 2, { architecture: 'x64' })
    await desk.begin(images.find('disk', 1))
    await desk.begin(images.find('disk', 2))
    expect([images.find('disk', 1).architecture, images.find('disk', 2).architecture]).toEqual(['x64', 'arm64'])
    expect(log.complaints.join()).toContain('for another processor type')
    await desk.stop()
  })

  it('a person cannot say otherwise; of what cannot be read a person has the word', async () => {
    const refused = await say(2, 'x64')
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([422, 'IMAGE_ARCHITECTURE_CONTRADICTED'])
    expect(appliance.images.find('disk', 2).architecture).toBe('arm64')
    expect((await say(2, 'arm64')).status).toBe(200)
    expect((await say(1, 'arm64')).status).toBe(200)
  })
})
