// Which TPM 2.0 the machine has: the digest of its endorsement key. Talks to the kernel's resource manager of the TPM, which forgets
// what was loaded when the file is closed; nothing is written to the TPM.
//
// The key is not stored there: the same primary seed and the same template always give the same key (TCG EK Credential Profile 2.5,
// template L-2: NIST P-256), so asking for it is asking who the TPM is. A cleared TPM keeps its endorsement seed.
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const DEVICE = '/dev/tpmrm0'
const MAX_ANSWER_BYTES = 4096

/** 64 hex digits; undefined: no TPM 2.0, or one that does not tell. */
export async function readTpmKey(device = DEVICE): Promise<string | undefined> {
  const file = await open(device, 'r+').catch(() => undefined)
  if (file === undefined) return undefined
  try {
    // One write is one command, one read its answer.
    await file.write(createEndorsementKey())
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_ANSWER_BYTES), 0, MAX_ANSWER_BYTES, null)
    return endorsementKeyDigest(buffer.subarray(0, bytesRead))
  } catch {
    return undefined
  } finally {
    await file.close()
  }
}

/** PolicySecret(TPM_RH_ENDORSEMENT), as the profile gives it. */
const EK_POLICY = '837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa'

const TPM_ST_SESSIONS = 0x8002
const TPM_CC_CREATE_PRIMARY = 0x131
const TPM_RH_ENDORSEMENT = 0x4000_000b
const TPM_RS_PW = 0x4000_0009
const TPM_ALG_ECC = 0x23
const TPM_ALG_SHA256 = 0x0b
const TPM_ALG_AES = 0x06
const TPM_ALG_CFB = 0x43
const TPM_ALG_NULL = 0x10
const TPM_ECC_NIST_P256 = 0x03
/** fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, restricted, decrypt */
const EK_ATTRIBUTES = 0x0003_00b2

/** TPM2_CreatePrimary in the endorsement hierarchy with an empty password (TPM 2.0 Library, part 3, 24.1). */
export function createEndorsementKey(): Buffer {
  const publicArea = Buffer.concat([
    u16(TPM_ALG_ECC),
    u16(TPM_ALG_SHA256),
    u32(EK_ATTRIBUTES),
    sized(Buffer.from(EK_POLICY, 'hex')),
    ...[TPM_ALG_AES, 128, TPM_ALG_CFB, TPM_ALG_NULL, TPM_ECC_NIST_P256, TPM_ALG_NULL].map(u16),
    sized(Buffer.alloc(32)),
    sized(Buffer.alloc(32)),
  ])
  const authorisation = Buffer.concat([u32(TPM_RS_PW), u16(0), Buffer.of(0), u16(0)])
  const body = Buffer.concat([
    u32(TPM_RH_ENDORSEMENT),
    u32(authorisation.length),
    authorisation,
    sized(Buffer.concat([u16(0), u16(0)])),
    sized(publicArea),
    u16(0),
    u32(0),
  ])
  return Buffer.concat([u16(TPM_ST_SESSIONS), u32(10 + body.length), u32(TPM_CC_CREATE_PRIMARY), body])
}

/** Tag, size and code of the answer, the handle, the size of the parameters: then the public area with its size. */
const PUBLIC_AREA_AT = 18

/** Over the public area of the key; undefined when the answer is a refusal or too short. */
export function endorsementKeyDigest(answer: Buffer): string | undefined {
  if (answer.length < PUBLIC_AREA_AT + 2 || answer.readUInt32BE(6) !== 0) return undefined
  const length = answer.readUInt16BE(PUBLIC_AREA_AT)
  const publicArea = answer.subarray(PUBLIC_AREA_AT + 2, PUBLIC_AREA_AT + 2 + length)
  return publicArea.length === length && length > 0 ? createHash('sha256').update(publicArea).digest('hex') : undefined
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const sized = (bytes: Buffer): Buffer => Buffer.concat([u16(bytes.length), bytes])
