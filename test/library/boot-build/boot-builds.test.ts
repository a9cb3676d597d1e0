// Builds of the boot OS: kept whole or not at all, equal files once, taken over from before they had numbers, removed when nobody needs them.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BootBuildRecord } from '../../../src/contract/boot-build.ts'
import { BootBuildWatch } from '../../../src/library/boot-build/boot-build-watch.ts'
import { type AddHow, BootBuilds } from '../../../src/library/boot-build/boot-builds.ts'
import { SilentLog } from '../../fakes/silent-log.ts'
import { TestClock } from '../../fakes/test-clock.ts'

type Files = Readonly<Record<string, string>>

let bootDir: string
let wants: Record<string, readonly string[]>
let builds: BootBuilds
beforeEach(async () => {
  bootDir = mkdtempSync(join(tmpdir(), 'platen-builds-'))
  wants = {}
  builds = await opened()
})
afterEach(() => rmSync(bootDir, { recursive: true, force: true }))

const opened = () =>
  BootBuilds.open(bootDir, { whoWantsBoot: ({ architecture, number }) => wants[`${architecture} ${number}`] ?? [] }, (error) =>
    expect(error).toBeUndefined(),
  )

const FILES: Files = { vmlinuz: 'kernel', 'initrd.img': 'system', 'agent.img': 'agent', 'loaders/undionly.kpxe': 'loader' }
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

function recordOf(files: Files, more: Partial<BootBuildRecord> = {}): BootBuildRecord {
  const artefacts = Object.entries(files).map(([name, text]) => ({ name, sizeBytes: text.length, digest: digestOf(text) }))
  return { architecture: 'x64', builtAt: '2026-01-01T00:00:00.000Z', artefacts, inputs: [], ...more }
}

const add = (files: Files, how: AddHow = {}, more: Partial<BootBuildRecord> = {}) =>
  builds.add(recordOf(files, more), (name) => Readable.from([Buffer.from(files[name]!)]), how)

const numbers = () => builds.list().map(({ architecture, number }) => `${architecture} ${number}`)
const at = (path: string) => readFileSync(join(bootDir, path), 'utf8')

describe('add', () => {
  it('gives numbers, keeps the older ones, and puts into use what asks for it', async () => {
    await add(FILES)
    await add({ ...FILES, 'agent.img': 'newer agent', 'loaders/undionly.kpxe': 'newer loader' })
    expect(numbers()).toEqual(['x64 2', 'x64 1'])
    expect(at('x64/agent.img')).toBe('agent')
    await add({ ...FILES, 'agent.img': 'newest agent', 'loaders/undionly.kpxe': 'newest loader' }, { use: true })
    expect([at('x64/agent.img'), at('loaders/undionly.kpxe')]).toEqual(['newest agent', 'newest loader'])
    expect(at('builds/x64/1/agent.img')).toBe('agent')
  })

  it('stores equal files once', async () => {
    await add(FILES)
    await add({ ...FILES, 'agent.img': 'newer agent' })
    const inodes = (name: string) => [1, 2].map((number) => statSync(join(bootDir, 'builds/x64', `${number}`, name)).ino)
    expect(new Set(inodes('initrd.img')).size).toBe(1)
    expect(new Set(inodes('agent.img')).size).toBe(2)
  })

  it('keeps an equal build once, whenever it was built', async () => {
    await add(FILES)
    const again = await add(FILES, {}, { builtAt: '2027-01-01T00:00:00.000Z' })
    expect([again.kind, again.build.number, numbers()]).toEqual(['there', 1, ['x64 1']])
  })

  it('counts for each architecture, and knows a variant from the plain one', async () => {
    await add(FILES)
    await add(FILES, {}, { architecture: 'arm64' })
    await add({ ...FILES, 'variant.img': 'driver' }, {}, { variant: 'cards' })
    expect(numbers()).toEqual(['x64 2', 'x64 1', 'arm64 1'])
    expect([builds.inUse('x64')?.number, builds.inUse('x64', 'cards')?.number, builds.inUse('arm64', 'cards')]).toEqual([
      1,
      2,
      undefined,
    ])
  })

  it.each<{ name: string; record: unknown; given: Files; says: RegExp }>([
    {
      name: 'another kernel than the record says',
      record: recordOf(FILES),
      given: { ...FILES, vmlinuz: 'forged' },
      says: /vmlinuz has 6 bytes/,
    },
    {
      name: 'a file that is cut off',
      record: recordOf(FILES),
      given: { ...FILES, 'initrd.img': 'sys' },
      says: /initrd.img has 3 bytes/,
    },
    { name: 'no agent', record: recordOf({ vmlinuz: 'k', 'initrd.img': 's' }), given: FILES, says: /no agent.img/ },
    { name: 'a variant without its additions', record: recordOf(FILES, { variant: 'v' }), given: FILES, says: /no variant.img/ },
    { name: 'a file outside', record: recordOf({ ...FILES, '../../x': 'y' }), given: FILES, says: /another form/ },
    { name: 'a file in another folder', record: recordOf({ ...FILES, 'loaders/../x': 'y' }), given: FILES, says: /another form/ },
    { name: 'no record', record: { hello: 1 }, given: FILES, says: /another form/ },
  ])('refuses $name, and nothing of it is left', async ({ record, given, says }) => {
    const open = (name: string) => Readable.from([Buffer.from(given[name] ?? '')])
    const adding = builds.add(record as BootBuildRecord, open)
    await expect(adding).rejects.toMatchObject({ code: 'BOOT_BUILD_INVALID', message: expect.stringMatching(says) })
    expect(numbers()).toEqual([])
    if (existsSync(join(bootDir, 'builds/x64'))) expect(readdirSync(join(bootDir, 'builds/x64'))).toEqual([])
  })

  it('takes the number that it has elsewhere only where that is higher than all that were given', async () => {
    await add(FILES, { number: 7 })
    await add({ ...FILES, 'agent.img': 'b' }, { number: 3 })
    expect(numbers()).toEqual(['x64 8', 'x64 7'])
  })

  it('mends a build whose file is gone', async () => {
    await add(FILES)
    rmSync(join(bootDir, 'builds/x64/1/vmlinuz'))
    expect(await add(FILES)).toMatchObject({ kind: 'added', build: { number: 1 } })
    expect(at('x64/vmlinuz')).toBe('kernel')
    expect(numbers()).toEqual(['x64 1'])
  })

  it('trusts no file for its record: one that was changed on the disk is not linked to', async () => {
    await add(FILES)
    writeFileSync(join(bootDir, 'builds/x64/1/vmlinuz'), 'KERNEL')
    await add({ ...FILES, 'agent.img': 'b' })
    expect(at('builds/x64/2/vmlinuz')).toBe('kernel')
  })

  it('gives every one that is added at once a number of its own', async () => {
    const others = [await opened(), await opened()]
    const texts = ['a', 'b', 'c', 'd', 'e', 'f']
    await Promise.all(
      texts.map((text, index) =>
        [builds, ...others][index % 3]!.add(recordOf({ ...FILES, 'agent.img': text }), (name) =>
          Readable.from([Buffer.from(name === 'agent.img' ? text : FILES[name]!)]),
        ),
      ),
    )
    await builds.look()
    expect(numbers()).toEqual([6, 5, 4, 3, 2, 1].map((number) => `x64 ${number}`))
    expect(new Set(builds.list().map(({ digest }) => digest)).size).toBe(6)
  })
})

describe('use and remove', () => {
  beforeEach(async () => {
    await add(FILES)
    await add({ ...FILES, 'agent.img': 'newer', 'loaders/undionly.kpxe': 'newer' }, { use: true })
  })

  it('goes back to an older one, with its loaders, and says so after a restart', async () => {
    await builds.use('x64', 1)
    expect([at('x64/agent.img'), at('loaders/undionly.kpxe')]).toEqual(['agent', 'loader'])
    expect((await opened()).inUse('x64')?.number).toBe(1)
  })

  it('does not remove what is in use or wanted, and says by whom', async () => {
    wants['x64 1'] = ['class web wants it', 'node n1 wants it']
    await expect(builds.remove('x64', 2)).rejects.toMatchObject({
      code: 'BOOT_BUILD_IN_USE',
      message: expect.stringMatching(/in use/),
    })
    await expect(builds.remove('x64', 1)).rejects.toMatchObject({
      code: 'BOOT_BUILD_IN_USE',
      message: 'build 1 for x64 stays: class web wants it; node n1 wants it',
    })
    await expect(builds.remove('x64', 3)).rejects.toMatchObject({ code: 'BOOT_BUILD_NOT_FOUND' })
  })

  it('never gives a number again', async () => {
    await builds.use('x64', 1)
    await builds.remove('x64', 2)
    await add({ ...FILES, 'agent.img': 'third' })
    expect(numbers()).toEqual(['x64 3', 'x64 1'])
  })

  it('removes the last build of a variant that nobody asks for', async () => {
    const cards = (text: string) => add({ ...FILES, 'variant.img': text }, { use: true }, { variant: 'cards' })
    await cards('a')
    await cards('b')
    await builds.remove('x64', 4)
    expect(builds.inUse('x64', 'cards')?.number).toBe(3)
    await builds.remove('x64', 3)
    expect([builds.inUse('x64', 'cards'), numbers()]).toEqual([undefined, ['x64 2', 'x64 1']])
  })
})

describe('a folder from before builds had numbers', () => {
  const lay = (files: Files, record: unknown) => {
    for (const [name, text] of Object.entries(files)) {
      const path = join(bootDir, name.startsWith('loaders/') ? name : `x64/${name}`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
    writeFileSync(join(bootDir, 'x64/build.json'), JSON.stringify(record))
  }

  it('is build 1, in use, and nothing has to be built', async () => {
    lay(FILES, recordOf(FILES))
    builds = await opened()
    expect(builds.inUse('x64')).toMatchObject({ number: 1, artefacts: recordOf(FILES).artefacts })
    expect(readlinkSync(join(bootDir, 'x64'))).toBe('builds/x64/in-use')
    expect(at('x64/vmlinuz')).toBe('kernel')
    expect(readdirSync(bootDir).sort()).toEqual(['builds', 'loaders', 'x64'])
  })

  it('is taken as it lies: a kernel that somebody signed stays', async () => {
    lay({ ...FILES, vmlinuz: 'own kernel' }, recordOf(FILES))
    builds = await opened()
    expect(builds.inUse('x64')?.artefacts[0]).toEqual({ name: 'vmlinuz', sizeBytes: 10, digest: digestOf('own kernel') })
    expect(at('x64/vmlinuz')).toBe('own kernel')
  })

  it('that an older program put there beside builds is the next one', async () => {
    await add(FILES, { use: true })
    rmSync(join(bootDir, 'x64'))
    lay({ ...FILES, 'agent.img': 'older program' }, recordOf({ ...FILES, 'agent.img': 'older program' }))
    await builds.look()
    expect([numbers(), at('x64/agent.img')]).toEqual([['x64 2', 'x64 1'], 'older program'])
  })

  it.each<{ name: string; files: Files; record: unknown }>([
    { name: 'without an initrd', files: { vmlinuz: 'kernel', 'agent.img': 'agent' }, record: recordOf(FILES) },
    { name: 'with a record that cannot be read', files: FILES, record: 'x' },
  ])('$name stays as it is', async ({ files, record }) => {
    lay(files, record)
    builds = await opened()
    expect(numbers()).toEqual([])
    expect(at('x64/vmlinuz')).toBe('kernel')
  })

  it('gets its place back when the change was cut off between two renames', async () => {
    await add(FILES, { use: true })
    rmSync(join(bootDir, 'x64'))
    builds = await opened()
    expect(at('x64/vmlinuz')).toBe('kernel')
  })
})

describe('retention', () => {
  it('keeps the last of each kind, the one in use, and what is wanted', async () => {
    for (const text of ['a', 'b', 'c', 'd', 'e']) await add({ ...FILES, 'agent.img': text })
    await add({ ...FILES, 'variant.img': 'v' }, {}, { variant: 'cards' })
    await builds.use('x64', 1)
    wants['x64 2'] = ['node n1 wants it']
    const clock = new TestClock()
    const watch = new BootBuildWatch({ builds, keepLast: 2, clock, log: new SilentLog() })
    await watch.look()
    expect(numbers()).toEqual(['x64 6', 'x64 5', 'x64 4', 'x64 2', 'x64 1'])
  })
})
