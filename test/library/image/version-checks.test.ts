import { beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import type { ImageVersionView } from '../../../src/contract/image.ts'
import type { VersionCheck } from '../../../src/contract/image-care.ts'
import type { CheckRun } from '../../../src/library/image/image-service.ts'
import { VersionChecks } from '../../../src/library/image/version-checks.ts'
import { Events, Operations } from '../../../src/store/index.ts'
import { SilentLog } from '../../fakes/silent-log.ts'
import { TestClock } from '../../fakes/test-clock.ts'

const whole = (version: number): VersionCheck => ({ imageName: 'web', version, chunkCount: 4, damaged: [], signatures: [] })

let clock: TestClock
let log: SilentLog
/** In the order in which they were begun to be read. */
let reading: number[]
let read: (version: number, run: CheckRun) => Promise<VersionCheck>
let operations: Operations
let checks: VersionChecks

beforeEach(() => {
  clock = new TestClock()
  log = new SilentLog()
  reading = []
  read = async (version) => whole(version)
  operations = new Operations({ clock, events: new Events() })
  checks = new VersionChecks({
    images: {
      find(imageName, version) {
        if (imageName !== 'web') throw new AppError('IMAGE_NOT_FOUND', `no image is called ${imageName}`, '')
        return { imageName, version, chunkCount: 4 } as ImageVersionView
      },
      verify(_imageName, version, run) {
        reading.push(version)
        return read(version, run!)
      },
    },
    operations,
    clock,
    log,
  })
})

describe('a check', () => {
  it('is begun, tells how far it is, and then what it found', async () => {
    let finish = () => {}
    const begun = new Promise<void>((resolve) => {
      read = (version, { onChecked }) => {
        onChecked(3)
        resolve()
        return new Promise((done) => {
          finish = () => done(whole(version))
        })
      }
    })
    const { startedAt } = checks.begin('web', 1)
    await begun
    expect(checks.status('web', 1)).toEqual({ isRunning: true, startedAt, checkedChunks: 3, chunkCount: 4 })
    clock.advance(5000)
    finish()
    await checks.settled()
    const [from, to] = [startedAt, new Date(clock.now()).toISOString()]
    expect(checks.status('web', 1)).toEqual({
      isRunning: false,
      chunkCount: 4,
      last: { startedAt: from, endedAt: to, result: whole(1) },
    })
  })

  it('of one version is one, however often it is asked for; those of several take turns', async () => {
    for (const version of [1, 2, 1, 3, 2]) expect(checks.begin('web', version)).toMatchObject({ isRunning: true })
    await checks.settled()
    expect(reading).toEqual([1, 2, 3])
    checks.begin('web', 1)
    await checks.settled()
    expect(reading).toEqual([1, 2, 3, 1])
  })

  it.each([
    { why: 'a version that was removed', error: new AppError('IMAGE_VERSION_NOT_FOUND', 'no version 1', ''), complaints: 0 },
    { why: 'a fault', error: new Error('EIO: i/o error, read'), complaints: 1 },
  ])('that breaks off for $why says so, and keeps nobody else from the next one', async ({ error, complaints }) => {
    read = async (version) => (version === 1 ? Promise.reject(error) : whole(version))
    checks.begin('web', 1)
    checks.begin('web', 2)
    await checks.settled()
    expect(checks.status('web', 1).last).toMatchObject({ failure: error.message })
    expect(checks.status('web', 1).last).not.toHaveProperty('result')
    expect(checks.status('web', 2).last).toMatchObject({ result: whole(2) })
    expect(log.complaints).toHaveLength(complaints)
  })

  it('ends when the appliance stops, those that wait as well, and none begins after that', async () => {
    read = (_version, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    checks.begin('web', 1)
    checks.begin('web', 2)
    await Promise.resolve()
    await checks.stop()
    expect(reading).toEqual([1])
    for (const version of [1, 2]) expect(checks.status('web', version).last).toMatchObject({ failure: 'the appliance stops' })
    expect(checks.begin('web', 3)).toEqual({ isRunning: false, chunkCount: 4 })
    expect(log.complaints).toEqual([])
  })

  it('of what is not there is refused', () => {
    expect(() => checks.begin('other', 1)).toThrow('no image is called other')
    expect(() => checks.status('other', 1)).toThrow('no image is called other')
  })

  it('is forgotten when a hundred others came after it', async () => {
    for (let version = 1; version <= 101; version++) checks.begin('web', version)
    await checks.settled()
    expect(checks.status('web', 1).last).toBeUndefined()
    expect(checks.status('web', 2).last).toBeDefined()
  })
})

it('a check is an operation, and may be called off', async () => {
  read = (_version, { signal, onChecked }) => {
    onChecked(3)
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  checks.begin('web', 1)
  await new Promise((resolve) => setImmediate(resolve))
  const [operation] = operations.list()
  expect(operation).toMatchObject({ kind: 'image-verify', title: 'web version 1', state: 'running', done: 3, total: 4 })
  operations.cancel(operation!.id)
  await checks.settled()
  expect(operations.show(operation!.id)).toMatchObject({ state: 'cancelled' })
  expect(checks.status('web', 1)).toMatchObject({
    isRunning: false,
    last: { failure: 'image-verify of web version 1 was called off' },
  })
})
