// Files of the catalog that the disk lost: each costs its own version, is told with its path, and frees nothing.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createImageService } from '../../../src/library/image/create-image-service.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'
import { StateFolder } from '../../fakes/state-folder.ts'
import { chunkOf } from '../../suites/chunk-store-suite.ts'

const open = (dataDir: string) => createImageService({ dataDir }, { now: () => '2030-01-01T00:00:00.000Z' })

async function capture(dataDir: string, imageName: string, jobId: string, text: string) {
  const images = open(dataDir)
  const { digest, bytes } = chunkOf(text)
  const origin = { jobId, nodeId: 'node-1', imageName }
  await images.reserve(origin, 1000)
  await images.putChunk(jobId, digest, bytes)
  return images.publish(origin, manifestOf([digest]))
}

/** web has versions 1 to 3, the second tagged twice; mail has one. */
async function filled(dataDir: string): Promise<void> {
  for (const [n, text] of ['one', 'two', 'three'].entries()) await capture(dataDir, 'web', `job-${n}`, text)
  await capture(dataDir, 'mail', 'job-9', 'post')
  const images = open(dataDir)
  await images.tag('web', 'stable', 2)
  await images.tag('web', 'canary', 2)
}

const DAMAGES: readonly { readonly name: string; readonly damage: (path: string) => void }[] = [
  { name: 'cut off', damage: (path) => truncateSync(path, 20) },
  { name: 'empty', damage: (path) => truncateSync(path, 0) },
  { name: 'zeros', damage: (path) => writeFileSync(path, Buffer.alloc(300)) },
  { name: 'other JSON', damage: (path) => writeFileSync(path, '[{"version":2}]') },
  {
    name: 'a folder',
    damage: (path) => {
      rmSync(path)
      mkdirSync(path)
    },
  },
]

describe.each(DAMAGES)('$name', ({ damage }) => {
  it('a record: its version is told, the others work, its number is not given again, nothing is freed', async () => {
    using folder = new StateFolder()
    await filled(folder.path)
    const path = join(folder.path, 'manifests', 'web', '2.json')
    damage(path)
    const images = open(folder.path)
    expect(images.damaged()).toMatchObject([{ imageName: 'web', version: 2, path }])
    expect(images.list().flatMap(({ name, versions }) => versions.map(({ version }) => `${name} ${version}`))).toEqual([
      'mail 1',
      'web 1',
      'web 3',
    ])
    expect(() => images.find('web', 2)).toThrow(
      expect.objectContaining({ code: 'IMAGE_RECORD_DAMAGED', message: expect.stringContaining(path) }),
    )
    await expect(images.collect()).rejects.toMatchObject({ code: 'IMAGE_RECORD_DAMAGED' })
    expect(images.missing([chunkOf('two').digest])).toEqual([])
    expect((await capture(folder.path, 'web', 'job-7', 'seven')).version).toBe(4)
  })

  it('the tags: those before are read', async () => {
    using folder = new StateFolder()
    await filled(folder.path)
    const path = join(folder.path, 'manifests', 'web', 'tags.json')
    damage(path)
    const images = open(folder.path)
    expect(images.damaged()).toMatchObject([{ imageName: 'web', path }])
    expect(images.find('web', 2).tags).toEqual(['stable'])
    expect(images.find('mail', 1).version).toBe(1)
  })

  it('a manifest: its version is told, the others work and are scrubbed', async () => {
    using folder = new StateFolder()
    await filled(folder.path)
    const { manifestDigest } = open(folder.path).find('web', 2)
    damage(join(folder.path, 'manifests', '_manifests', `${manifestDigest}.zst`))
    const images = open(folder.path)
    await expect(images.manifest('web', 2)).rejects.toMatchObject({ code: 'IMAGE_RECORD_DAMAGED' })
    expect(await images.manifest('web', 3)).toMatchObject({ disks: expect.anything() })
    expect((await images.scrub()).hurt).toMatchObject([{ imageName: 'web', version: 2, unreadable: expect.any(String) }])
    await expect(images.collect()).rejects.toMatchObject({ code: 'IMAGE_RECORD_DAMAGED' })
  })
})

it('a manifest that was put in the place of another is not given', async () => {
  using folder = new StateFolder()
  await filled(folder.path)
  const images = open(folder.path)
  const [two, three] = [2, 3].map((version) => images.find('web', version).manifestDigest)
  const place = join(folder.path, 'manifests', '_manifests')
  writeFileSync(join(place, `${two}.zst`), readFileSync(join(place, `${three}.zst`)))
  await expect(images.manifest('web', 2)).rejects.toMatchObject({ code: 'IMAGE_RECORD_DAMAGED' })
})

describe('names of people and ours', () => {
  it.each(['blobs', 'tags', 'manifests', 'chunks', 'con', '1.json', '2.removed.json'])(
    'an image called %s loses nothing when the store is tidied',
    async (imageName) => {
      using folder = new StateFolder()
      await capture(folder.path, imageName, 'job-1', 'mine')
      await capture(folder.path, 'other', 'job-2', 'yours')
      await open(folder.path).collect()
      const images = open(folder.path)
      expect(images.damaged()).toEqual([])
      expect((await images.verify(imageName, 1)).damaged).toEqual([])
      expect((await images.verify('other', 1)).damaged).toEqual([])
    },
  )

  it('files that are not ours stay where somebody put them', async () => {
    using folder = new StateFolder()
    await capture(folder.path, 'web', 'job-1', 'mine')
    const notes = ['manifests/_manifests/NOTES.txt', 'manifests/web/notes.tmp'].map((path) => join(folder.path, path))
    for (const path of notes) writeFileSync(path, 'do not lose this')
    await open(folder.path).collect()
    for (const path of notes) expect(readFileSync(path, 'utf8')).toBe('do not lose this')
  })

  it('a folder of the version before is taken over, with an image that was called blobs', async () => {
    using folder = new StateFolder()
    await filled(folder.path)
    await capture(folder.path, 'blobs', 'job-5', 'mine')
    const manifests = join(folder.path, 'manifests')
    // As it lay before: manifests in blobs/, and between them the records of the image of that name.
    for (const file of readdirSync(join(manifests, 'blobs')))
      renameSync(join(manifests, 'blobs', file), join(manifests, '_manifests', file))
    rmSync(join(manifests, 'blobs'), { recursive: true })
    renameSync(join(manifests, '_manifests'), join(manifests, 'blobs'))
    const images = open(folder.path)
    expect(images.list().map(({ name }) => name)).toEqual(['blobs', 'mail', 'web'])
    for (const { name, versions } of images.list())
      for (const { version } of versions) expect((await images.verify(name, version)).damaged).toEqual([])
    expect(images.find('web', 2).tags).toEqual(['canary', 'stable'])
  })
})
