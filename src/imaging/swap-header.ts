// The first page of a swap area, written as mkswap does (Linux, include/linux/swap.h: union swap_header). Pure.

export const SWAP_PAGE_BYTES = 4096

export interface SwapArea {
  readonly sizeBytes: number
  /** Empty: none. */
  readonly uuid: string
  readonly label: string
}

export function encodeSwapHeader({ sizeBytes, uuid, label }: SwapArea): Buffer {
  const page = Buffer.alloc(SWAP_PAGE_BYTES)
  page.writeUInt32LE(1, 1024)
  page.writeUInt32LE(Math.floor(sizeBytes / SWAP_PAGE_BYTES) - 1, 1028)
  page.set(Buffer.from(uuid.replaceAll('-', ''), 'hex').subarray(0, 16), 1036)
  page.set(Buffer.from(label, 'utf8').subarray(0, 15), 1052)
  page.write('SWAPSPACE2', SWAP_PAGE_BYTES - 10, 'latin1')
  return page
}
