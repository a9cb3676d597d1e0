import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEndorsementKey, endorsementKeyDigest, readTpmKey } from '../../../src/winpe-agent/tools/tpm-key.ts'

/** What swtpm 0.7.1 (libtpms) answered to the command; near its end is the name that the TPM itself gives the key. */
const ANSWER = Buffer.from(
  '80020000015a000000008000000000000143007a0023000b000300b20020837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa' +
    '0006008000430010000300100020a2a23eb3bd32ffc8acf75ec36645bda80c4a953e11c5bce69d7f9c2b1f12ccb700208ec3c66bed33e05b9506d17aba' +
    '0c3a50f71e3a2f72587716f2a31e7ba2310bbd0037000000000020e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550100' +
    '1000044000000b00044000000b0000002028d026fafd749106743e27c4280551585e5d17668eb521835ed60127effc05d480214000000b004069bddd05' +
    '4670397ad74f74124e7f67b223333be825a69dd8a4afc83b50bb2c84aeba465588092ea95badfaa26f0f35ac0917dfc0e680a1947de148cdb8e356b500' +
    '22000b347f1944cbd1190230ee54d6f2018f6d7562ca3befe5a0f036195dbbedb5bec10000010000',
  'hex',
)
const REFUSAL = Buffer.from('80010000000a00000922', 'hex')

describe('the key of a TPM', () => {
  it('is named as the TPM names it', () => {
    const name = ANSWER.subarray(-37, -5)
    expect(endorsementKeyDigest(ANSWER)).toBe(name.toString('hex'))
  })

  it.each([
    { what: 'a refusal', answer: REFUSAL },
    { what: 'nothing', answer: Buffer.alloc(0) },
    { what: 'an answer that was cut', answer: ANSWER.subarray(0, 60) },
  ])('is not known from $what', ({ answer }) => {
    expect(endorsementKeyDigest(answer)).toBeUndefined()
  })

  it('is asked for by a command that tells its own length', () => {
    const command = createEndorsementKey()
    expect(command.readUInt32BE(2)).toBe(command.length)
  })

  it('is not known where there is no TPM', async () => {
    expect(await readTpmKey('/nowhere/tpmrm0')).toBeUndefined()
  })

  it('is not known from a device that says something else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'platen-tpm-'))
    try {
      writeFileSync(join(folder, 'tpmrm0'), '')
      expect(await readTpmKey(join(folder, 'tpmrm0'))).toBeUndefined()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
