// The appliance's part in a record, for tests that have no orchestrator: signs what it is asked to, and keeps what it was shown.
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import {
  type FoundRecords,
  RECORD_KIND,
  type RecordRequest,
  type SignedRecord,
  signedBytesOf,
} from '../../src/contract/disk-record.ts'
import { judgeRecord, presentOf, type RecordKey } from '../../src/orchestrator/present/judge.ts'

export const NODE_ID = 'node-a'
const KEY_ID = '0123456789abcdef'

export function newRecordKey(): RecordKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    keyId: KEY_ID,
    sign: (bytes) => sign(null, bytes, privateKey).toString('base64url'),
    verify: (keyId, bytes, signature) => keyId === KEY_ID && verify(null, bytes, publicKey, Buffer.from(signature, 'base64url')),
  }
}

export class RecordSigner {
  readonly asked: RecordRequest[] = []
  readonly shown: FoundRecords[] = []
  readonly key = newRecordKey()

  readonly answer = (path: string, body: unknown): unknown => {
    if (path.endsWith('/record')) return { records: this.#sign(body as RecordRequest) }
    this.shown.push(body as FoundRecords)
    return this.presentOf(body as FoundRecords)
  }

  presentOf({ records }: FoundRecords) {
    const judged = records.map((each) => judgeRecord({ ...each, isFromOutside: true }, [NODE_ID], this.key))
    return presentOf(judged, { said: 'boot-os', at: '2026-01-02T00:00:00.000Z' })
  }

  #sign(request: RecordRequest): SignedRecord[] {
    this.asked.push(request)
    if (request.place === 'none') return []
    return request.disks.map((disk, diskIndex) => {
      const record = {
        kind: RECORD_KIND,
        nodeId: NODE_ID,
        jobId: 'job-1',
        at: '2026-01-01T00:00:00.000Z',
        image: { name: 'disk', version: 1, digest: request.contentDigest },
        packages: [],
        disk,
        diskIndex,
        diskCount: request.disks.length,
      } as const
      return {
        record: { ...record, packages: [] },
        keyId: KEY_ID,
        signature: this.key.sign(signedBytesOf({ ...record, packages: [] })),
      }
    })
  }
}
