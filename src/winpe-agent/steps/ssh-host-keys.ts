// SSH host keys as OpenSSH keeps them, made without its programs: the image may be for another processor. Pure but for chance.
// Format of the private file: openssh's PROTOCOL.key; of the public one: RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4.
import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto'

export const HOST_KEY_TYPES = ['ed25519', 'ecdsa', 'rsa'] as const
export type HostKeyType = (typeof HOST_KEY_TYPES)[number]

export interface HostKey {
  /** Content of ssh_host_<type>_key, to be readable by root alone. */
  readonly privateFile: string
  /** Content of ssh_host_<type>_key.pub */
  readonly publicFile: string
}

export function makeHostKey(type: HostKeyType, comment: string): HostKey {
  const { name, publicParts, privateParts } = partsOf(type)
  const publicBlob = Buffer.concat([text(name), ...publicParts])
  const check = randomBytes(4)
  const secret = Buffer.concat([check, check, text(name), ...privateParts, text(comment)])
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    ...[text('none'), text('none'), text('')],
    number(1),
    block(publicBlob),
    block(padded(secret)),
  ])
  const lines = body.toString('base64').match(/.{1,70}/g)!
  return {
    privateFile: ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n'),
    publicFile: `${name} ${publicBlob.toString('base64')} ${comment}\n`,
  }
}

interface KeyParts {
  readonly name: string
  readonly publicParts: readonly Buffer[]
  /** In full, the public ones included where the format repeats them. */
  readonly privateParts: readonly Buffer[]
}

function partsOf(type: HostKeyType): KeyParts {
  switch (type) {
    case 'ed25519': {
      const { x, d } = jwkOf(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }))
      return { name: 'ssh-ed25519', publicParts: [block(x)], privateParts: [block(x), block(Buffer.concat([d, x]))] }
    }
    case 'ecdsa': {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const { x, y, d } = jwkOf(privateKey.export({ format: 'jwk' }))
      const shared = [text('nistp256'), block(Buffer.concat([Buffer.from([4]), x, y]))]
      return { name: 'ecdsa-sha2-nistp256', publicParts: shared, privateParts: [...shared, integer(d)] }
    }
    case 'rsa': {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
      const { n, e, d, p, q, qi } = jwkOf(privateKey.export({ format: 'jwk' }))
      return {
        name: 'ssh-rsa',
        publicParts: [integer(e), integer(n)],
        privateParts: [n, e, d, qi, p, q].map(integer),
      }
    }
  }
}

type KeyNumbers = Record<'x' | 'y' | 'd' | 'n' | 'e' | 'p' | 'q' | 'qi', Buffer>

/** The numbers of the key; those that its type does not have are empty. */
function jwkOf(jwk: JsonWebKey): KeyNumbers {
  const bytes = (value: string | undefined) => Buffer.from(value ?? '', 'base64url')
  const { x, y, d, n, e, p, q, qi } = jwk
  return { x: bytes(x), y: bytes(y), d: bytes(d), n: bytes(n), e: bytes(e), p: bytes(p), q: bytes(q), qi: bytes(qi) }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const block = (bytes: Buffer): Buffer => Buffer.concat([number(bytes.length), bytes])
const text = (value: string): Buffer => block(Buffer.from(value))

/** RFC 4251 §5, mpint: no zeros in front, but one where the first bit would look like a sign. */
function integer(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const plain = bytes.subarray(start)
  return block((plain[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), plain]) : plain)
}

/** To whole units of 8 bytes, with 1, 2, 3 …: PROTOCOL.key, for a key without a passphrase. */
function padded(bytes: Buffer): Buffer {
  const missing = (8 - (bytes.length % 8)) % 8
  return Buffer.concat([bytes, Buffer.from(Array.from({ length: missing }, (_, index) => index + 1))])
}
