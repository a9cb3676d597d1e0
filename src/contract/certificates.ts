// The CA of the appliance and the certificate that its HTTPS shows, and how a certificate is known again by its fingerprint. Pure.
import { X509Certificate } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'

/** Open to anybody: every certificate of the CA that is trusted now, in PEM. Whoever fetches it knows the fingerprint from elsewhere. */
export const CA_PATH = '/ca.pem'

/** The word of the kernel command line that tells an agent of HTTPS: <fingerprint>@<port>. */
export const CA_WORD = 'platen.ca'

const Known = {
  /** SHA-256 of the certificate, 64 hex digits. */
  fingerprint: Type.String(),
  validUntil: Type.String(),
}

export const CaView = NamedObject('CaView', {
  ...Known,
  /** In PEM. */
  certificate: Type.String(),
  /** Those before it that are still followed, the latest first: who trusts one of them goes on until then. */
  before: Type.Array(Type.Object({ ...Known, followedUntil: Type.String() })),
  /** Left out: HTTPS is off, or its port is taken. */
  server: Type.Optional(
    Type.Object({
      port: Type.Integer(),
      ...Known,
      names: Type.Array(Type.String()),
      /** The site's own certificate, shown to whoever asks by one of its names. */
      ofSite: Type.Optional(Type.Object({ ...Known, names: Type.Array(Type.String()), file: Type.String() })),
    }),
  ),
})
export type CaView = Static<typeof CaView>

export const CaRotation = NamedObject('CaRotation', {
  /** So long whoever trusts the CA before it goes on. 0: not at all. */
  overlapDays: Type.Integer({ minimum: 0, maximum: 3650, default: 30 }),
})
export type CaRotation = Static<typeof CaRotation>

const FINGERPRINT = /^[0-9a-f]{64}$/

/** 64 hex digits from what people copy: colons, spaces, capitals and the name of the digest may be there. undefined: it is none. */
export function readFingerprint(text: string): string | undefined {
  const digits = text
    .replace(/^sha-?256[:=]?/i, '')
    .replaceAll(/[:\s]/g, '')
    .toLowerCase()
  return FINGERPRINT.test(digits) ? digits : undefined
}

export function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)]
    } catch {
      return []
    }
  })
}

export const fingerprintOf = ({ fingerprint256 }: X509Certificate): string => fingerprint256.replaceAll(':', '').toLowerCase()

/** The one certificate of a text that has this fingerprint, in PEM. Nothing else of the text counts. */
export function certificateWith(pem: string, fingerprint: string): string | undefined {
  return certificatesIn(pem)
    .find((certificate) => fingerprintOf(certificate) === fingerprint)
    ?.toString()
}
