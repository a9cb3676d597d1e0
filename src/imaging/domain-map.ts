// partclone's domain map (`partclone.<fs> -D`): a ddrescue log whose `+` blocks are in use. Pure: text in, extents out.
import { AppError } from '../contract/errors.ts'
import { type Extent, normalizeExtents } from './extents.ts'

const BLOCK = /^(0x[0-9a-fA-F]+)\s+(0x[0-9a-fA-F]+)\s+([+?*/-])$/
/** "current_pos current_status [pass]": the one line that is not a block. */
const POSITION = /^0x[0-9a-fA-F]+\s+[?*/+FG-](\s+\d+)?$/

/** Extents in bytes from the beginning of the partition, in order. */
export function parseDomainMap(text: string): Extent[] {
  const extents: Extent[] = []
  let blocks = 0
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const block = BLOCK.exec(trimmed)
    if (block === null) {
      if (POSITION.test(trimmed) && blocks === 0) continue
      throw unreadable(`line ${index + 1} is "${trimmed}"`)
    }
    blocks++
    const [, offset, length, status] = block
    if (status === '+') extents.push({ offset: Number(offset), length: Number(length) })
  }
  if (blocks === 0) throw unreadable('it lists no block at all')
  return normalizeExtents(extents)
}

function unreadable(reason: string): AppError {
  return new AppError(
    'AGENT_COMMAND_FAILED',
    `partclone's map of used blocks cannot be read: ${reason}`,
    'Check the filesystem on the source, then capture again; `platen job log` shows what partclone said.',
  )
}
