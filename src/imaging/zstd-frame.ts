// How long a zstd frame is (RFC 8878 §3.1.1): for readers that know where one begins, but not where it ends. Pure.

const MAGIC = 0xfd2f_b528
/** By the two highest bits of the frame header's descriptor; 0 is 1 byte when the frame is a single segment. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8]
const DICTIONARY_ID_BYTES = [0, 1, 2, 4]
const RLE_BLOCK = 1

/** undefined: there is no whole frame at the beginning of these bytes. */
export function zstdFrameBytes(bytes: Buffer): number | undefined {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== MAGIC) return undefined
  const descriptor = bytes[4]!
  const isSingleSegment = (descriptor & 0x20) !== 0
  const hasChecksum = (descriptor & 0x04) !== 0
  const sizeCode = descriptor >> 6
  const contentSizeBytes = sizeCode === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[sizeCode]!
  let position = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]! + contentSizeBytes

  for (let isLast = false; !isLast; ) {
    if (position + 3 > bytes.length) return undefined
    const header = bytes.readUIntLE(position, 3)
    isLast = (header & 1) !== 0
    const isRepeat = ((header >> 1) & 3) === RLE_BLOCK
    position += 3 + (isRepeat ? 1 : header >> 3)
  }
  const end = position + (hasChecksum ? 4 : 0)
  return end <= bytes.length ? end : undefined
}
