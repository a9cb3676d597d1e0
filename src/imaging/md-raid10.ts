// RAID 10: near copies side by side, far copies in another part of the members, offset copies in the next row. Pure. (Linux: raid10.c; md(4).)
import type { MdLayout, MdPlace, MdShape } from './md-layout.ts'

export function raid10Of({ layout, chunkBytes, memberBytes }: MdShape): MdLayout | string {
  const members = memberBytes.length
  const near = layout & 0xff
  const far = (layout >> 8) & 0xff
  const isOffset = (layout & (1 << 16)) !== 0
  const sets = layout >>> 17
  if (near < 1 || far < 1 || near * far > members || near * far < 2) return `its layout 0x${layout.toString(16)} is none`
  if (sets !== 0 && sets !== 2) return `it has the layout of far sets that only some kernels had (0x${layout.toString(16)})`
  const setSize = sets === 0 ? members : far * near
  const chunksPerMember = Math.floor(Math.min(...memberBytes) / chunkBytes)
  const arrayChunks = Math.floor((Math.floor(chunksPerMember / far) * members) / near)
  if (arrayChunks === 0) return 'its members are smaller than a chunk'
  const usedChunks = Math.ceil((arrayChunks * near * far) / members)
  const stride = (isOffset ? 1 : Math.floor(usedChunks / far)) * chunkBytes

  return { sizeBytes: arrayChunks * chunkBytes, spareCount: near * far - 1, hasParity: false, runAt }

  function runAt(offset: number, length: number) {
    const inChunk = offset % chunkBytes
    const slot = Math.floor(offset / chunkBytes) * near
    let member = slot % members
    let at = Math.floor(slot / members) * (isOffset ? far : 1) * chunkBytes + inChunk
    const copies: MdPlace[] = []
    for (let copy = 0; copy < near; copy++) {
      copies.push({ member, offset: at }, ...farCopies(member, at))
      member++
      if (member < members) continue
      member = 0
      at += chunkBytes
    }
    return { length: Math.min(length, chunkBytes - inChunk), copies }
  }

  /** Each far copy is as many members on as there are near ones, inside of its set; the last set has what does not divide. */
  function farCopies(first: number, offset: number): MdPlace[] {
    const lastStart = (Math.floor(members / setSize) - 1) * setSize
    const lastSize = setSize + (members % setSize)
    const copies: MdPlace[] = []
    let member = first
    for (let copy = 1; copy < far; copy++) {
      const set = Math.floor(member / setSize)
      member += near
      if (members % setSize !== 0 && member > lastStart) member = ((member - lastStart) % lastSize) + lastStart
      else member = (member % setSize) + setSize * set
      copies.push({ member, offset: offset + copy * stride })
    }
    return copies
  }
}
