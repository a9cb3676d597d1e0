// What a deploy leaves on a machine's disk about itself, signed by the appliance; docs/record.md has its place and form. Pure.
//
//   {"keyId":"…","record":{…},"signature":"…"}     one line of JSON; the signature is over the canonical JSON of `record`
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { canonicalJson } from './canonical-json.ts'
import { NamedObject } from './named.ts'
import { Digest, Instant, Name } from './values.ts'

/** Says what is signed: the key of the appliance signs other things as well. */
export const RECORD_KIND = 'platen-disk-record'

export const InstalledPackage = Type.Object({ name: Type.String({ maxLength: 200 }), version: Type.String({ maxLength: 200 }) })
export type InstalledPackage = Static<typeof InstalledPackage>

/** One disk, by what tells it from others (imaging/disk-identity.ts) and by the id of the table that it was given. */
export const RecordedDisk = Type.Object({
  ids: Type.Array(Type.String({ maxLength: 600 }), { maxItems: 8 }),
  /** GPT disk GUID, MBR signature, or the id of the filesystem without a table. Left out: it has none. */
  tableId: Type.Optional(Type.String({ maxLength: 100 })),
})
export type RecordedDisk = Static<typeof RecordedDisk>

export const DiskRecord = Type.Object({
  kind: Type.Literal(RECORD_KIND),
  nodeId: Type.String({ maxLength: 100 }),
  jobId: Type.String({ maxLength: 100 }),
  at: Instant,
  image: Type.Object({ name: Name, version: Type.Integer({ minimum: 1 }), digest: Digest }),
  packages: Type.Array(InstalledPackage, { maxItems: 200 }),
  /** This disk, and which of the image's disks it is, from 0. */
  disk: RecordedDisk,
  diskIndex: Type.Integer({ minimum: 0 }),
  diskCount: Type.Integer({ minimum: 1 }),
})
export type DiskRecord = Static<typeof DiskRecord>

export const SignedRecord = Type.Object({
  record: DiskRecord,
  keyId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  signature: Type.String({ pattern: '^[\\w-]{86}$' }),
})
export type SignedRecord = Static<typeof SignedRecord>

/** Of its text, wherever it stands. */
export const RECORD_MAX_CHARS = 30_000

/** Inside of a Linux: what its own system reads. */
export const RECORD_FILE = 'var/lib/platen/record.json'

/** POST /jobs/:jobId/record: what the deploy has done, for the appliance to hold against what it knows, and to sign; one record for each disk. */
export const RecordRequest = NamedObject('RecordRequest', {
  leaseId: Type.String(),
  /** Of the version that this agent read back. */
  contentDigest: Digest,
  /** The disks of the image, in its order. */
  disks: Type.Array(RecordedDisk, { minItems: 1, maxItems: 32 }),
  /** file: nothing is free beside the partitions of some disk, the next agent has to look into the filesystem. none: there neither; nothing is signed. */
  place: Type.Union([Type.Literal('beside'), Type.Literal('file'), Type.Literal('none')]),
})
export type RecordRequest = Static<typeof RecordRequest>
export const RecordAnswer = NamedObject('RecordAnswer', { records: Type.Array(SignedRecord) })
export type RecordAnswer = Static<typeof RecordAnswer>

/** POST /present: what stands on the disks of this machine, as it was found. Said after each hello, and when a deploy has left its record. */
export const FoundRecords = NamedObject('FoundRecords', {
  records: Type.Array(Type.Object({ text: Type.String({ maxLength: RECORD_MAX_CHARS }), disk: RecordedDisk }), { maxItems: 32 }),
})
export type FoundRecords = Static<typeof FoundRecords>

const schema = Compile(SignedRecord)

export const signedBytesOf = (record: DiskRecord): Uint8Array => new TextEncoder().encode(canonicalJson(record))

export const formatRecord = (signed: SignedRecord): string => canonicalJson(signed)

/** undefined: that is no record. Whether it is true is for the appliance that holds the key. */
export function parseRecord(text: string): SignedRecord | undefined {
  if (text.length > RECORD_MAX_CHARS) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return schema.Check(value) ? value : undefined
  } catch {
    return undefined
  }
}
