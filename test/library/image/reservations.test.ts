import fc from 'fast-check'
import { expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { Reservations } from '../../../src/library/image/reservations.ts'

const MiB = 1024 * 1024

it('never promises more than there is, whatever captures ask, use and release', () => {
  const ask = fc.record({ job: fc.constantFrom('a', 'b', 'c'), what: fc.constantFrom('reserve', 'release'), bytes: fc.nat(600) })
  fc.assert(
    fc.property(fc.array(ask), fc.integer({ min: 64, max: 1000 }), (asks, freeMiB) => {
      const reservations = new Reservations()
      const promised = new Map<string, number>()
      for (const { job, what, bytes } of asks) {
        if (what === 'release') {
          reservations.release(job)
          promised.delete(job)
          continue
        }
        try {
          reservations.reserve(job, bytes * MiB, freeMiB * MiB)
          promised.set(job, bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
          expect(error).toMatchObject({ code: 'IMAGE_STORE_FULL' })
        }
        expect([...promised.values()].reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(freeMiB)
      }
    }),
  )
})

it('counts what was stored of a promise as no longer promised', () => {
  const reservations = new Reservations()
  reservations.reserve('a', 100 * MiB, 200 * MiB)
  expect(() => reservations.reserve('b', 60 * MiB, 200 * MiB)).toThrow(/promised to other captures 100 MiB/)
  reservations.use('a', 90 * MiB)
  reservations.reserve('b', 60 * MiB, 200 * MiB)
})
