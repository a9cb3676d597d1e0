import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isComplete, readBuildRecord, requireBuildRecord } from '../../boot/build-record.ts'
import { makeWorkDir, publish, recoverSwap } from '../../boot/publish.ts'
import type { BootBuildView } from '../../src/contract/operator-api.ts'

/** Above the highest process id that Linux gives. */
const DEAD_PROCESS = 2 ** 22 + 1
let bootDir = ''

beforeEach(() => {
  bootDir = mkdtempSync(join(tmpdir(), 'platen-publish-'))
})
afterEach(() => rmSync(bootDir, { recursive: true, force: true }))

function aBuild(content: string) {
  const artefacts = new Map([
    ['vmlinuz', Buffer.from(content)],
    ['loaders/undionly.kpxe', Buffer.from(content)],
  ])
  const record: BootBuildView = {
    architecture: 'x64',
    builtAt: '2026-01-01T00:00:00.000Z',
    artefacts: [...artefacts].map(([name, bytes]) => ({ name, sizeBytes: bytes.length, digest: '0'.repeat(64) })),
    inputs: [],
  }
  return { artefacts, record }
}

async function publishBuild(content: string): Promise<BootBuildView> {
  const { artefacts, record } = aBuild(content)
  await publish(bootDir, record, artefacts)
  return record
}

it('replaces the build that was there, and leaves nothing beside it', async () => {
  await publishBuild('old')
  const record = await publishBuild('newer')
  expect(readFileSync(join(bootDir, 'x64/vmlinuz'), 'utf8')).toBe('newer')
  expect(readFileSync(join(bootDir, 'loaders/undionly.kpxe'), 'utf8')).toBe('newer')
  expect(readdirSync(bootDir).sort()).toEqual(['loaders', 'x64'])
  expect(await readBuildRecord(bootDir, 'x64')).toEqual(record)
  expect(await isComplete(bootDir, record)).toBe(true)
})

it('finds a build incomplete when a file is gone or cut short', async () => {
  const record = await publishBuild('whole')
  rmSync(join(bootDir, 'loaders/undionly.kpxe'))
  expect(await isComplete(bootDir, record)).toBe(false)
})

it('takes back the old build when the swap was interrupted', async () => {
  await publishBuild('old')
  renameSync(join(bootDir, 'x64'), join(bootDir, 'x64.old'))
  await recoverSwap(bootDir, 'x64')
  expect(readFileSync(join(bootDir, 'x64/vmlinuz'), 'utf8')).toBe('old')
})

it('clears up after processes that are gone, and not after those that live', async () => {
  mkdirSync(join(bootDir, `x64.new-${DEAD_PROCESS}`))
  mkdirSync(join(bootDir, `build-${DEAD_PROCESS}-aaaaaa`))
  mkdirSync(join(bootDir, `build-${process.ppid}-bbbbbb`))
  await publishBuild('new')
  const workDir = await makeWorkDir(bootDir)
  expect(readdirSync(bootDir).sort()).toEqual(
    [`build-${process.ppid}-bbbbbb`, workDir.slice(bootDir.length + 1), 'loaders', 'x64'].sort(),
  )
})

it('says how to build what is not there', async () => {
  await expect(requireBuildRecord(bootDir, 'arm64')).rejects.toMatchObject({
    code: 'BOOT_OS_NOT_BUILT',
    hint: 'Build it: platen boot build --architecture arm64',
  })
})
