// The bytes of a disk: a GUID table and one boot partition that is full, and needs no tool to be read.
import { encodeGpt } from '../../src/imaging/gpt.ts'

const MiB = 1024 * 1024
const SIZE = 8 * MiB

export function smallDiskFile(): Buffer {
  const bytes = Buffer.alloc(SIZE)
  for (let at = MiB; at < 6 * MiB; at += 512) bytes.writeUInt32LE(at ^ 0x5bd1e995, at)
  const partition = {
    number: 1,
    startBytes: MiB,
    sizeBytes: 5 * MiB,
    id: '0a3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b12',
    typeId: '21686148-6449-6e6f-744e-656564454649',
    attributes: '0'.repeat(16),
    name: 'data',
  }
  const head = {
    kind: 'gpt',
    id: '5b3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b12',
    entryCount: 128,
    firstUsableBytes: 34 * 512,
    bootCode: '',
  } as const
  for (const { offset, bytes: part } of encodeGpt({ ...head, partitions: [partition] }, { sizeBytes: SIZE, sectorBytes: 512 }))
    bytes.set(part, offset)
  return bytes
}
