// A disk out of the store by HTTP alone: byte for byte what was captured, from any byte on, also by curl that goes on with a file.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHUNK_BYTES } from '../../../src/imaging/chunk-grid.ts'
import { storedChunksOf } from '../../../src/imaging/manifest-codec.ts'
import { FILE_TOOLS, filledDisk, writeOn } from '../../fakes/file-disks.ts'
import { type ImageAppliance, imageAppliance } from '../../fakes/image-appliance.ts'
import { ImagingAgent } from '../../fakes/imaging-agent.ts'

const run = promisify(execFile)
let directory: string
let appliance: ImageAppliance
let disk: Buffer
let url: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-disk-'))
  appliance = await imageAppliance({ dataDir: join(directory, 'data') })
  const base = await appliance.listen()
  const agent = new ImagingAgent(base, FILE_TOOLS)
  const source = await filledDisk(join(directory, 'source'))
  await agent.capture(source)
  // The second version has a chunk that is not stored as one.
  await writeOn(source, 3 * CHUNK_BYTES + 70_000, new Uint8Array(9000).fill(7))
  await agent.capture(source)
  disk = await readFile(source.devicePath)
  url = `${base}/api/v1/images/disk/versions/2/disks/1`
})

afterAll(async () => {
  await appliance.close()
  await rm(directory, { recursive: true, force: true })
})

const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer())

describe('a disk by HTTP', () => {
  it('is whole, and says its size and its name', async () => {
    const answer = await fetch(url)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-length')).toBe(String(disk.length))
    expect(answer.headers.get('content-disposition')).toContain('disk-2.raw')
    expect((await bytesOf(answer)).equals(disk)).toBe(true)
  })

  it.each([
    ['the first sector', 0, 511],
    ['across the edge of two chunks', CHUNK_BYTES - 5, CHUNK_BYTES + 5],
    ['in a chunk that is not stored as one', 3 * CHUNK_BYTES + 65_000, 3 * CHUNK_BYTES + 90_000],
    ['where nothing is', 44 * 1024 * 1024, 45 * 1024 * 1024],
  ])('from one byte to another: %s', async (_name, from, to) => {
    const answer = await fetch(url, { headers: { range: `bytes=${from}-${to}` } })
    expect(answer.status).toBe(206)
    expect(answer.headers.get('content-range')).toBe(`bytes ${from}-${to}/${disk.length}`)
    expect((await bytesOf(answer)).equals(disk.subarray(from, to + 1))).toBe(true)
  })

  it('its last sectors are the second copy of its table', async () => {
    const answer = await fetch(url, { headers: { range: 'bytes=-16896' } })
    expect((await bytesOf(answer)).equals(disk.subarray(-16_896))).toBe(true)
  })

  it('behind its end there is nothing', async () => {
    const answer = await fetch(url, { headers: { range: `bytes=${disk.length}-` } })
    expect(answer.status).toBe(416)
    expect(answer.headers.get('content-range')).toBe(`bytes */${disk.length}`)
    expect(await answer.json()).toMatchObject({ code: 'IMAGE_RANGE_INVALID' })
  })

  it('of another version comes whole to who has a part', async () => {
    const { headers } = await fetch(url, { method: 'HEAD' })
    expect(headers.get('content-length')).toBe(String(disk.length))
    const asked = (tag: string) => fetch(url, { headers: { range: 'bytes=0-9', 'if-range': tag } })
    expect((await asked(headers.get('etag')!)).status).toBe(206)
    const other = await asked('"another"')
    expect(other.status).toBe(200)
    await other.body?.cancel()
  })

  it('a download that was cut off goes on', async () => {
    const file = join(directory, 'download')
    await writeFile(file, disk.subarray(0, 5_000_000))
    await run('curl', ['--silent', '--show-error', '--fail', '--continue-at', '-', '--output', file, url])
    expect((await readFile(file)).equals(disk)).toBe(true)
  })

  it('a disk that the version does not have is said', async () => {
    const answer = await fetch(url.replace(/1$/, '2'))
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'IMAGE_VERSION_NOT_FOUND' })
  })

  it('what is damaged in the store ends the answer before it, and is not taken for the whole', async () => {
    const digests = [...storedChunksOf(await appliance.images.manifest('disk', 1))]
    const digest = digests[10]!
    await writeOn(
      { devicePath: join(directory, 'data', 'chunks', digest.slice(0, 2), `${digest}.zst`) },
      20,
      Uint8Array.of(1, 2, 3),
    )
    await expect(fetch(url.replace('versions/2', 'versions/1')).then(bytesOf)).rejects.toThrow()
  })
})
