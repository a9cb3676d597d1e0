// The superblock of an F2FS. Source: kernel documentation, "Flash-Friendly File System"; include/linux/f2fs_fs.h. Pure.

export interface F2fsSuperblock {
  readonly sizeBytes: number
  readonly deviceCount: number
}

const SUPERBLOCK = 1024
const DEVICES = 2201
const DEVICE_BYTES = 68
const MAX_DEVICES = 8

/** undefined: these are not the fields of an F2FS. */
export function decodeF2fs(head: Uint8Array): F2fsSuperblock | undefined {
  if (head.length < SUPERBLOCK + 3072) return undefined
  const block = Buffer.from(head.buffer, head.byteOffset + SUPERBLOCK, 3072)
  const logBlock = block.readUInt32LE(16)
  if (block.readUInt32LE(0) !== 0xf2f5_2010 || logBlock < 12 || logBlock > 16) return undefined
  let deviceCount = 0
  while (deviceCount < MAX_DEVICES && block.readUInt8(DEVICES + deviceCount * DEVICE_BYTES) !== 0) deviceCount++
  return { sizeBytes: Number(block.readBigUInt64LE(36)) * 2 ** logBlock, deviceCount: Math.max(1, deviceCount) }
}
