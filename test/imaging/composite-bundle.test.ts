import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BundleEntry } from '../../src/contract/bundle.ts'
import { AppError } from '../../src/contract/errors.ts'
import { readPublicKey } from '../../src/imaging/minisign.ts'
import { encodeTarHeader } from '../../src/imaging/tar-entries.ts'
import { CLASS_ENTRY, IMAGE_ENTRY, newSigner, smallBundle, takenOf } from '../fakes/small-bundle.ts'

let bundle: Buffer
beforeAll(async () => {
  bundle = await smallBundle()
})

const codeOf = (bytes: Uint8Array): Promise<string> =>
  takenOf(bytes).then(
    () => 'taken',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  )

const REFUSED = /^BUNDLE_(INVALID|SIGNATURE_WRONG)$/

describe('a bundle as bytes', () => {
  it('is read as it was written, in pieces of any size', async () => {
    const whole = await takenOf(bundle)
    expect(whole).toHaveLength(7)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bundle.length }), async (size) => {
        expect(await takenOf(bundle, size)).toEqual(whole)
      }),
      { numRuns: 30 },
    )
  })

  it('is equal when content, date and key are', async () => {
    const signer = newSigner()
    expect((await smallBundle(undefined, signer)).equals(await smallBundle(undefined, signer))).toBe(true)
  })

  it('with any bit of any byte changed is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bundle.length - 1 }), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const changed = Buffer.from(bundle)
        changed[at]! ^= 1 << bit
        expect(await codeOf(changed)).toMatch(REFUSED)
      }),
      { numRuns: 400 },
    )
  })

  it('cut at any byte is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bundle.length - 1 }), async (length) => {
        expect(await codeOf(bundle.subarray(0, length))).toBe('BUNDLE_INVALID')
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    { name: 'one byte more', change: (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]) },
    { name: 'twice in a row', change: (bytes: Buffer) => Buffer.concat([bytes, bytes]) },
    { name: 'nothing', change: () => Buffer.alloc(0) },
    { name: 'zeros', change: () => Buffer.alloc(4096) },
    { name: 'another file in front', change: (bytes: Buffer) => Buffer.concat([encodeTarHeader('x', 0), bytes]) },
    { name: 'a member of 9 TB', change: () => encodeTarHeader('key.pub', 9e12) },
  ])('$name is refused', async ({ change }) => {
    expect(await codeOf(change(bundle))).toBe('BUNDLE_INVALID')
  })

  it('never answers with anything but a value or an AppError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
        expect(await codeOf(bytes)).toMatch(REFUSED)
      }),
    )
  })
})

describe('an index that is signed and wrong', () => {
  const many = (count: number): BundleEntry[] => Array.from({ length: count }, () => CLASS_ENTRY)
  it.each([
    { name: 'a newer format', head: { format: 2 }, code: 'BUNDLE_FORMAT_NEWER' },
    { name: 'no format', head: { format: 'one' }, code: 'BUNDLE_INVALID' },
    { name: 'a key of its own', head: { more: true }, code: 'BUNDLE_INVALID' },
    { name: 'an unknown kind', entries: [{ ...CLASS_ENTRY, kind: 'user' as 'class' }], code: 'BUNDLE_INVALID' },
    { name: 'the same thing twice', entries: many(2), code: 'BUNDLE_INVALID' },
    {
      name: 'a manifest by a path',
      entries: [{ ...IMAGE_ENTRY, manifest: { digest: '../../etc/passwd', sizeBytes: 1 } }],
      code: 'BUNDLE_INVALID',
    },
    {
      name: 'a manifest of a terabyte',
      entries: [{ ...IMAGE_ENTRY, manifest: { ...IMAGE_ENTRY.manifest!, sizeBytes: 1e12 } }],
      code: 'BUNDLE_INVALID',
    },
    {
      name: 'two sizes of one file',
      entries: [IMAGE_ENTRY, { ...IMAGE_ENTRY, name: 'web@4', manifest: { ...IMAGE_ENTRY.manifest!, sizeBytes: 5 } }],
      code: 'BUNDLE_INVALID',
    },
  ])('$name is refused', async ({ head, entries, code }) => {
    expect(await codeOf(await smallBundle(entries, undefined, head))).toBe(code)
  })
})

describe('readPublicKey', () => {
  it.each([
    { name: 'nothing', text: '' },
    { name: 'words', text: 'this is no key' },
    { name: 'another length', text: 'RWQf6LRCGA9i' },
    { name: 'another algorithm', text: Buffer.concat([Buffer.from('XX'), Buffer.alloc(40)]).toString('base64') },
  ])('takes $name for none', ({ text }) => {
    expect(readPublicKey(text)).toBeUndefined()
  })

  it('reads the one of the manual of minisign', () => {
    expect(readPublicKey('RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3')?.keyId).toBe('E7620F1842B4E81F')
  })
})
