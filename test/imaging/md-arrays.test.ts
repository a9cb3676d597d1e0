// md arrays as mdadm and the kernel made them (test/captures/md-arrays.json.gz), and what is refused.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import { arrayOf, type FoundMember } from '../../src/imaging/md-arrays.ts'
import { readMdSuperblocks } from '../../src/imaging/md-superblock.ts'
import { withResync0 } from '../../src/imaging/md-superblock-0.ts'
import { withResync1 } from '../../src/imaging/md-superblock-1.ts'
import { type MadeArray, type MadeMember, mdSuperblock, placeOf } from '../fakes/md-array.ts'

const KiB = 1024
const MiB = 1024 * KiB
const CHUNK = 4 * KiB

interface RealMember {
  readonly deviceBytes: number
  readonly at: number
  readonly superblock: string
  /** Which chunk (4 KiB) of the array stands in each chunk of the member's data; -1: parity, or nothing. */
  readonly chunks: readonly number[]
}
interface RealArray {
  readonly name: string
  /** As the kernel gave it. */
  readonly sizeBytes: number
  readonly members: readonly RealMember[]
  /** In the words of mdadm --examine, of the first. */
  readonly examine: Readonly<Record<string, string>>
}

const REAL: readonly RealArray[] = JSON.parse(
  gunzipSync(readFileSync(join(import.meta.dirname, '../captures/md-arrays.json.gz'))).toString(),
)

/** Zeros with these bytes in them. */
const deviceWith = (bytes: Buffer, at: number) => async (offset: number, length: number) => {
  const all = Buffer.alloc(length)
  const from = Math.max(offset, at)
  const to = Math.min(offset + length, at + bytes.length)
  if (from < to) bytes.copy(all, from - offset, from - at, to - at)
  return all
}

async function membersOf(
  members: readonly { deviceBytes: number; at: number; bytes: Buffer }[],
): Promise<FoundMember<undefined>[]> {
  const found = await Promise.all(
    members.map(async ({ deviceBytes, at, bytes }, index) => {
      const superblocks = await readMdSuperblocks(deviceWith(bytes, at), deviceBytes)
      return superblocks.map((superblock) => ({ superblock, name: `/dev/vd${'abcdefgh'[index]}`, at: undefined }))
    }),
  )
  return found.flat()
}

const realMembers = ({ members }: RealArray) =>
  membersOf(members.map(({ deviceBytes, at, superblock }) => ({ deviceBytes, at, bytes: Buffer.from(superblock, 'base64') })))

describe('arrays that the kernel made', () => {
  it.each(REAL.map((real) => [real.name, real] as const))('%s', async (name, real) => {
    const array = arrayOf(await realMembers(real))
    expect(array).toMatchObject({ layout: { sizeBytes: real.sizeBytes }, metadata: metadataOf(real) })
    expect(array.members.every((member) => member !== undefined)).toBe(true)
    const uuid = real.examine['Array UUID'] ?? real.examine.UUID!.split(' ')[0]!
    expect(array.id).toBe(uuid.replaceAll(':', ''))
    if (array.metadata !== '0.90') expect(array.name).toBe(`box:${name}`)

    const dataOffset = 0
    for (let at = dataOffset; at < real.sizeBytes; at += CHUNK) {
      const { copies, length } = array.layout.runAt(at, CHUNK)
      expect(length).toBe(CHUNK)
      for (const { member, offset } of copies)
        expect([at, real.members[member]!.chunks[offset / CHUNK]]).toEqual([at, at / CHUNK])
    }
    const places = real.members.flatMap(({ chunks }) => chunks.filter((chunk) => chunk >= 0 && chunk < real.sizeBytes / CHUNK))
    const told = Array.from(
      { length: real.sizeBytes / CHUNK },
      (_, chunk) => array.layout.runAt(chunk * CHUNK, CHUNK).copies.length,
    )
    expect(places).toHaveLength(told.reduce((sum, copies) => sum + copies, 0))
  })

  function metadataOf({ members: [first] }: RealArray): string {
    const { at, superblock, deviceBytes } = first!
    if (Buffer.from(superblock, 'base64').readUInt32LE(4) === 0) return '0.90'
    return at === 0 ? '1.1' : at === 4096 ? '1.2' : at > deviceBytes / 2 ? '1.0' : '?'
  }
})

const ARRAY: MadeArray = { metadata: '1.2', level: 1, memberCount: 2 }
const MEMBER: MadeMember = { deviceBytes: 8 * MiB, role: 0, dataOffsetBytes: MiB, dataBytes: 7 * MiB }
const made = (array: MadeArray, ...members: MadeMember[]) =>
  membersOf(
    members.map((member) => ({
      deviceBytes: member.deviceBytes,
      at: placeOf(array, member.deviceBytes),
      bytes: mdSuperblock(array, member),
    })),
  )

describe('an array that cannot be copied as what it is', () => {
  it.each<[string, string, RegExp, MadeArray, MadeMember[]]>([
    ['one member is on another disk', 'IMAGE_MEMBERS_MISSING', /has 2 members, and 1 of them/, ARRAY, [MEMBER]],
    [
      'it is being reshaped',
      'IMAGE_MEMBERS_UNSETTLED',
      /reshaped/,
      ARRAY,
      [
        { ...MEMBER, features: 4 },
        { ...MEMBER, role: 1 },
      ],
    ],
    ['a member is being rebuilt', 'IMAGE_MEMBERS_UNSETTLED', /rebuilt/, ARRAY, [MEMBER, { ...MEMBER, role: 1, features: 2 }]],
    [
      'its members are not equal yet',
      'IMAGE_MEMBERS_UNSETTLED',
      /resync/,
      ARRAY,
      [
        { ...MEMBER, resyncSector: 0n },
        { ...MEMBER, role: 1 },
      ],
    ],
    [
      'a member was left behind',
      'IMAGE_MEMBERS_UNSETTLED',
      /left behind at event 3/,
      ARRAY,
      [MEMBER, { ...MEMBER, role: 1, events: 3n }],
    ],
    ['a member is marked as faulty', 'IMAGE_MEMBERS_UNSETTLED', /faulty/, ARRAY, [MEMBER, { ...MEMBER, role: 0xfffe }]],
    ['two members have one place', 'IMAGE_MEMBERS_UNSETTLED', /same place/, ARRAY, [MEMBER, MEMBER]],
    [
      'blocks of a member are bad',
      'IMAGE_MEMBERS_UNSETTLED',
      /bad/,
      ARRAY,
      [
        { ...MEMBER, features: 8 },
        { ...MEMBER, role: 1 },
      ],
    ],
    [
      'it has a journal',
      'IMAGE_MEMBERS_UNSUPPORTED',
      /journal/,
      ARRAY,
      [
        { ...MEMBER, features: 0x200 },
        { ...MEMBER, role: 1 },
      ],
    ],
    [
      'it keeps a partial parity log',
      'IMAGE_MEMBERS_UNSUPPORTED',
      /PPL/,
      ARRAY,
      [
        { ...MEMBER, features: 0x400 },
        { ...MEMBER, role: 1 },
      ],
    ],
    [
      'it belongs to a cluster',
      'IMAGE_MEMBERS_UNSUPPORTED',
      /cluster/,
      ARRAY,
      [
        { ...MEMBER, features: 0x100 },
        { ...MEMBER, role: 1 },
      ],
    ],
    [
      'it is linear',
      'IMAGE_MEMBERS_UNSUPPORTED',
      /linear/,
      { ...ARRAY, level: -1, chunkBytes: CHUNK },
      [MEMBER, { ...MEMBER, role: 1 }],
    ],
    [
      'it is a RAID 6 with the layout of a grown one',
      'IMAGE_MEMBERS_UNSUPPORTED',
      /layout 18/,
      { ...ARRAY, level: 6, layout: 18, memberCount: 4, chunkBytes: CHUNK },
      [0, 1, 2, 3].map((role) => ({ ...MEMBER, role })),
    ],
    [
      'a RAID 0 lacks a member',
      'IMAGE_MEMBERS_MISSING',
      /1 of them/,
      { ...ARRAY, level: 0, chunkBytes: CHUNK },
      [{ ...MEMBER, missing: [1] }],
    ],
  ])('%s', async (_name, code, message, array, members) => {
    const found = await made(array, ...members)
    expect(() => arrayOf(found)).toThrow(message)
    expect(() => arrayOf(found)).toThrow(AppError)
    try {
      arrayOf(found)
    } catch (error) {
      expect(error).toMatchObject({ code })
    }
  })

  it.each<[string, MadeArray, MadeMember[], number]>([
    ['a mirror that has lost one', ARRAY, [{ ...MEMBER, missing: [1] }], 1],
    ['a mirror with a spare that sleeps', ARRAY, [MEMBER, { ...MEMBER, role: 1 }, { ...MEMBER, role: 0xffff, events: 3n }], 2],
    [
      'a RAID 5 that has lost one',
      { ...ARRAY, level: 5, layout: 2, memberCount: 3, chunkBytes: CHUNK },
      [0, 2].map((role) => ({ ...MEMBER, role, missing: [1] })),
      2,
    ],
  ])('but this can: %s', async (_name, array, members, here) => {
    expect(arrayOf(await made(array, ...members)).members.filter((member) => member !== undefined)).toHaveLength(here)
  })

  it('a superblock whose checksum is another is none', async () => {
    const bytes = mdSuperblock(ARRAY, MEMBER)
    bytes[90]! ^= 1
    expect(await readMdSuperblocks(deviceWith(bytes, 4096), MEMBER.deviceBytes)).toEqual([])
  })

  it('whatever stands there is read, or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 8 }),
        fc.nat(2 * MiB),
        async (changes, deviceBytes) => {
          const bytes = mdSuperblock(ARRAY, MEMBER)
          for (const [at, value] of changes) bytes[at] = value
          for (const { dataOffsetBytes, dataBytes } of await readMdSuperblocks(deviceWith(bytes, 4096), deviceBytes))
            expect(dataOffsetBytes + dataBytes).toBeLessThanOrEqual(deviceBytes)
        },
      ),
    )
  })
})

describe('a superblock that asks for a resync', () => {
  it.each(REAL.filter(({ name }) => /^raid5-(090|12)/.test(name)).map((real) => [real.name, real] as const))(
    '%s',
    async (name, real) => {
      const change = name.includes('090') ? withResync0 : withResync1
      for (const { at, superblock, deviceBytes } of real.members) {
        const [found, ...others] = await readMdSuperblocks(deviceWith(change(Buffer.from(superblock, 'base64')), at), deviceBytes)
        expect(others).toEqual([])
        expect(found?.unsettled).toMatch(/resync/)
      }
    },
  )
})
