import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HOST_KEY_TYPES, makeHostKey } from '../../../src/winpe-agent/steps/ssh-host-keys.ts'
import { needs, program } from '../../needs.ts'

/** The fields of an SSH block: length, bytes, length, bytes … */
function fieldsOf(blob: Buffer): Buffer[] {
  const fields: Buffer[] = []
  for (let at = 0; at + 4 <= blob.length; ) {
    const length = blob.readUInt32BE(at)
    fields.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return fields
}

describe.each(HOST_KEY_TYPES)('a new %s host key', (type) => {
  const { privateFile, publicFile } = makeHostKey(type, 'root@rack1-07')
  const [name = '', encoded = '', comment] = publicFile.trim().split(' ')

  it('has a public line with its name and comment', () => {
    expect(comment).toBe('root@rack1-07')
    expect(fieldsOf(Buffer.from(encoded, 'base64'))[0]!.toString()).toBe(name)
  })

  it('holds the public one, whole blocks, and is another each time', () => {
    const body = Buffer.from(privateFile.split('\n').slice(1, -2).join(''), 'base64')
    expect(body.toString('latin1', 0, 15)).toBe('openssh-key-v1\0')
    const [cipher, , , ...rest] = fieldsOf(body.subarray(15, body.length))
    expect(cipher!.toString()).toBe('none')
    expect(rest.length).toBeGreaterThan(0)
    expect(body.includes(Buffer.from(encoded, 'base64'))).toBe(true)
    expect(makeHostKey(type, 'x').publicFile.split(' ')[1]).not.toBe(encoded)
  })

  it('is what ssh-keygen reads', needs(program('ssh-keygen')), () => {
    const directory = mkdtempSync(join(tmpdir(), 'platen-key-'))
    try {
      writeFileSync(join(directory, 'key'), privateFile, { mode: 0o600 })
      const shown = execFileSync('ssh-keygen', ['-y', '-f', join(directory, 'key')], { encoding: 'utf8' })
      expect(shown.trim().split(' ').slice(0, 2)).toEqual([name, encoded])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

it('ed25519: the private part belongs to the public one', () => {
  const { privateFile } = makeHostKey('ed25519', 'x')
  const body = Buffer.from(privateFile.split('\n').slice(1, -2).join(''), 'base64')
  // Magic, three words "none", "none", "", the number of keys; then both blocks.
  const [, secret] = fieldsOf(body.subarray(15 + 8 + 8 + 4 + 4))
  const fields = fieldsOf(secret!.subarray(8))
  const seed = fields[2]!.subarray(0, 32)
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const { x } = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({ format: 'jwk' })
  expect(Buffer.from(x!, 'base64url')).toEqual(fields[1])
})
