// Swap areas of any page size, and those that hold a hibernated system. Source: linux/include/linux/swap.h; the marks of a hibernated
// system stand where the signature of swap did. Pure.

/** The signature ends with the first page, whose size is that of the machine that made it. */
const PAGE_BYTES = [4096, 8192, 16_384, 32_768, 65_536]
const SIGNATURES = ['SWAPSPACE2', 'SWAP-SPACE']
/** Kernel (two generations), uswsusp, TuxOnIce, and the kernel's of today. */
export const HIBERNATED = ['S1SUSPEND', 'S2SUSPEND', 'ULSUSPEND', '\xed\xc3\x02\xe9\x98\x56\xe5\x0c', 'LINHIB0001']
const SIGNATURE_BYTES = 10

export interface SwapHeader {
  readonly pageBytes: number
  readonly isHibernated: boolean
  /** As much as it uses; undefined: the first generation did not say. */
  readonly sizeBytes: number | undefined
}

/** undefined: no swap. */
export function decodeSwap(head: Uint8Array): SwapHeader | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  for (const pageBytes of PAGE_BYTES) {
    if (bytes.length < pageBytes) return undefined
    const text = bytes.toString('latin1', pageBytes - SIGNATURE_BYTES, pageBytes)
    const isHibernated = HIBERNATED.some((mark) => text.startsWith(mark))
    if (!isHibernated && !SIGNATURES.includes(text)) continue
    // The last page is counted from 0; the header itself is page 0.
    const lastPage = bytes.readUInt32LE(1028)
    const isFirstGeneration = text === 'SWAP-SPACE'
    return { pageBytes, isHibernated, sizeBytes: isFirstGeneration ? undefined : (lastPage + 1) * pageBytes }
  }
  return undefined
}
