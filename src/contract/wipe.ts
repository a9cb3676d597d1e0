// A job of kind wipe: what a disk is erased with, how that is proven, and the certificate of it. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { canonicalJson } from './canonical-json.ts'
import { DiskHint } from './inventory.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { Digest, Instant, SizeBytes } from './values.ts'

/** In the order of how much they reach: commands of the drive itself, then what the system writes. */
export const WipeMethod = NamedUnion('WipeMethod', [
  Type.Literal('nvme-sanitize-block'),
  Type.Literal('nvme-sanitize-crypto'),
  Type.Literal('nvme-format'),
  Type.Literal('nvme-format-crypto'),
  Type.Literal('ata-secure-erase-enhanced'),
  Type.Literal('ata-secure-erase'),
  Type.Literal('discard'),
  Type.Literal('overwrite'),
])
export type WipeMethod = Static<typeof WipeMethod>

/** What a person posts; the disk is that of the job. */
export const WipeWish = NamedObject(
  'WipeWish',
  {
    /** Left out: what the kind of disk does best. */
    method: Type.Optional(WipeMethod),
    /** How many places of each disk are read back. */
    samples: Type.Optional(Type.Integer({ minimum: 16, maximum: 1024 })),
  },
  { additionalProperties: false },
)
export type WipeWish = Static<typeof WipeWish>

export const WipeStep = NamedObject('WipeStep', {
  kind: Type.Literal('wipe'),
  timeoutSeconds: Type.Integer({ minimum: 1 }),
  disk: DiskHint,
  moreDisks: Type.Optional(Type.Array(DiskHint, { maxItems: 31 })),
  /** Without it only an empty disk is wiped. */
  eraseForeignData: Type.Boolean(),
  method: Type.Optional(WipeMethod),
  samples: Type.Integer({ minimum: 1 }),
  /** Of the appliance: from it come the places that are read back and the pattern that is written. */
  seed: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})
export type WipeStep = Static<typeof WipeStep>

/** How one disk was wiped, for the appliance to hold against what it can compute itself. */
export const WipedDisk = NamedObject('WipedDisk', {
  /** As the inventory has it. */
  serial: Type.Optional(Type.String({ maxLength: 256 })),
  wwn: Type.Optional(Type.String({ maxLength: 256 })),
  model: Type.Optional(Type.String({ maxLength: 256 })),
  byPath: Type.Optional(Type.String({ maxLength: 256 })),
  sizeBytes: SizeBytes,
  method: WipeMethod,
  startedAt: Instant,
  endedAt: Instant,
  /** SHA-256 of each place, in the order in which the seed gives the places. Before: the pattern that was put there, as it was read back. */
  samples: Type.Array(Type.Object({ offset: SizeBytes, before: Digest, after: Digest }), { maxItems: 1024 }),
})
export type WipedDisk = Static<typeof WipedDisk>

/** What the places held afterwards. */
export const WipeProof = Type.Union([
  Type.Literal('pattern'),
  Type.Literal('zeros'),
  Type.Literal('ones'),
  Type.Literal('changed'),
])
export type WipeProof = Static<typeof WipeProof>

export const WIPE_CERTIFICATE_KIND = 'platen-wipe-certificate'

export const WipeCertificate = NamedObject('WipeCertificate', {
  /** Says what is signed: the key of the appliance signs other things as well. */
  kind: Type.Literal(WIPE_CERTIFICATE_KIND),
  jobId: Type.String({ maxLength: 100 }),
  node: Type.Object({ id: Type.String(), name: Type.String(), serial: Type.Optional(Type.String()) }),
  disk: Type.Object({
    serial: Type.Optional(Type.String()),
    wwn: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
    byPath: Type.Optional(Type.String()),
    sizeBytes: SizeBytes,
  }),
  method: WipeMethod,
  startedAt: Instant,
  endedAt: Instant,
  /** When the appliance held the proof against its own numbers and signed. */
  signedAt: Instant,
  samples: Type.Object({ count: Type.Integer(), bytesEach: Type.Integer(), seed: Type.String(), found: WipeProof }),
})
export type WipeCertificate = Static<typeof WipeCertificate>

export const SignedWipeCertificate = NamedObject('SignedWipeCertificate', {
  certificate: WipeCertificate,
  keyId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  signature: Type.String({ pattern: '^[\\w-]{86}$' }),
})
export type SignedWipeCertificate = Static<typeof SignedWipeCertificate>

/** POST /wipe-certificates/verify. isGenuine: this appliance signed exactly this. */
export const WipeCertificateVerdict = NamedObject('WipeCertificateVerdict', { isGenuine: Type.Boolean() })
export type WipeCertificateVerdict = Static<typeof WipeCertificateVerdict>

const schema = Compile(SignedWipeCertificate)

export const signedBytesOfCertificate = (certificate: WipeCertificate): Uint8Array =>
  new TextEncoder().encode(canonicalJson(certificate))

/** undefined: that is no certificate. Whether it is true is for the appliance that holds the key. */
export function parseWipeCertificate(text: string): SignedWipeCertificate | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return schema.Check(value) ? value : undefined
  } catch {
    return undefined
  }
}
