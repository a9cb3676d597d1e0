// Disks of versions by NBD, read by the programs that people have: nbdinfo, nbdcopy, qemu-img.
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHUNK_BYTES } from '../../../src/imaging/chunk-grid.ts'
import { NbdDesk } from '../../../src/library/nbd/nbd-desk.ts'
import { SYSTEM_CLOCK } from '../../../src/store/index.ts'
import { FILE_TOOLS, filledDisk, writeOn } from '../../fakes/file-disks.ts'
import { type ImageAppliance, imageAppliance } from '../../fakes/image-appliance.ts'
import { ImagingAgent } from '../../fakes/imaging-agent.ts'
import { SilentLog } from '../../fakes/silent-log.ts'

const run = promisify(execFile)
let directory: string
let appliance: ImageAppliance
let disk: Buffer
let desk: NbdDesk

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-nbd-'))
  appliance = await imageAppliance({ dataDir: join(directory, 'data') })
  const agent = new ImagingAgent(await appliance.listen(), FILE_TOOLS)
  const source = await filledDisk(join(directory, 'source'))
  await agent.capture(source)
  // The second version has a chunk that is not stored as one.
  await writeOn(source, 3 * CHUNK_BYTES + 70_000, new Uint8Array(9000).fill(7))
  await agent.capture(source)
  disk = await readFile(source.devicePath)
  const config = { listen: '127.0.0.1', port: 0, opensLoopback: true }
  desk = new NbdDesk(config, { images: appliance.images, clock: SYSTEM_CLOCK, log: new SilentLog() })
  await desk.start()
})

afterAll(async () => {
  await desk.stop()
  await appliance.close()
  await rm(directory, { recursive: true, force: true })
})

async function uriFor(isOnce = false, disk = 1): Promise<string> {
  const to = { host: '127.0.0.1', address: '127.0.0.1', seconds: 60, isOnce }
  return (await desk.offer({ imageName: 'disk', version: 2, disk }, to)).uri
}

describe('a disk by NBD', () => {
  it('nbdinfo sees its size, and that it is read-only', async () => {
    const { stdout } = await run('nbdinfo', ['--json', await uriFor()])
    const { exports } = JSON.parse(stdout)
    expect(exports[0]).toMatchObject({ 'export-size': disk.length, is_read_only: true, can_multi_conn: true })
  })

  it('nbdinfo lists versions by name where loopback is open', async () => {
    const plain = (await uriFor()).replace(/t\/.*/, '')
    const { stdout } = await run('nbdinfo', ['--list', '--json', plain])
    expect(JSON.parse(stdout).exports.map((one: Record<string, unknown>) => one['export-name'])).toEqual(['disk@1', 'disk@2'])
  })

  it('nbdcopy copies it whole, over several connections', async () => {
    const copy = join(directory, 'copy')
    await run('nbdcopy', [await uriFor(), copy])
    expect((await readFile(copy)).equals(disk)).toBe(true)
  })

  it('qemu-img compares it with what was captured', async () => {
    const { stdout } = await run('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', await uriFor(), join(directory, 'source')])
    expect(stdout).toContain('Images are identical')
  })

  it('qemu-img makes a file of it by its plain name', async () => {
    const plain = (await uriFor()).replace(/t\/.*/, 'disk@2')
    const copy = join(directory, 'copy.raw')
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'raw', plain, copy])
    const parts: Buffer[] = []
    for await (const part of createReadStream(copy)) parts.push(part as Buffer)
    expect(Buffer.concat(parts).equals(disk)).toBe(true)
  })

  it('nobody writes to it', async () => {
    await expect(run('nbdcopy', [join(directory, 'source'), await uriFor()])).rejects.toThrow()
  })

  it('a name for one connection is used up', async () => {
    const uri = await uriFor(true)
    await run('nbdcopy', ['--connections=1', uri, join(directory, 'once')])
    await expect(run('nbdcopy', ['--connections=1', uri, join(directory, 'twice')])).rejects.toThrow()
  })

  it('a disk that the version does not have is refused in words', async () => {
    await expect(uriFor(false, 2)).rejects.toThrow(/has 1 disk, no number 2/)
  })
})
