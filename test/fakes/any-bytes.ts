// What tests have in common that try bytes of any kind on parsers. PLATEN_DISK_BYTES=1000000 makes them long.
import fc from 'fast-check'
import { expect } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import type { DiskManifest } from '../../src/contract/image.ts'
import { planDeploy } from '../../src/imaging/deploy-plan.ts'
import { intersectExtents, normalizeExtents } from '../../src/imaging/extents.ts'
import { leftoverRanges } from '../../src/imaging/leftovers.ts'

const INPUTS = Number(process.env.PLATEN_DISK_BYTES ?? 6000)
const PARSERS = 8
export const RUNS = { numRuns: Math.ceil(INPUTS / PARSERS) }
export const MiB = 1024 * 1024
/** Of one test: a few milliseconds an input, and other work beside it. */
export const PATIENCE_MS = 60_000 + INPUTS * 10
/** Of the processor, whatever else the machine does: far more than any of them takes for one input. */
const SLOW_MS = 5000
export const MOST_ASKED_BYTES = 64 * MiB

export async function orAppError<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  const began = process.cpuUsage()
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return undefined
  } finally {
    const { user, system } = process.cpuUsage(began)
    expect((user + system) / 1000).toBeLessThan(SLOW_MS)
  }
}

/** Numbers at which something ends. */
export const edge64 = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 3n, 33n, 34n, 40n, 2047n, 2048n, 0xffff_ffffn, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 4096n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
)

/** Everything that a deploy would write, discard or zero. */
export function staysOnDisk(manifest: DiskManifest, target: { sizeBytes: number; sectorBytes: number }, keepSizes = false): void {
  const plan = planDeploy(manifest, target, { keepSizes, newTableId: '0a3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11' })
  const writes = [
    ...plan.tableWrites.map(({ offset, bytes }) => ({ offset, length: bytes.length })),
    ...plan.chunks.flatMap((chunk) => chunk.used.map(({ offset, length }) => ({ offset: chunk.offset + offset, length }))),
  ]
  const leftovers = leftoverRanges(plan, [{ offset: 0, length: 3 * MiB }])
  for (const { offset, length } of [...writes, ...plan.unused, ...leftovers]) {
    expect(offset).toBeGreaterThanOrEqual(0)
    expect(offset + length).toBeLessThanOrEqual(target.sizeBytes)
  }
  expect(intersectExtents(leftovers, normalizeExtents(writes))).toEqual([])
}
