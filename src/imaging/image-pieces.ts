// An image of a partition that lies in several files: which there must be, by their names. Pure.
import { AppError } from '../contract/errors.ts'

/**
 * In their order. pieces: name of the file -> what stands for its number: letters (aa, ab, …), digits (000, 001, …), or nothing when it is in one
 * file. Throws IMAGE_FILE_INVALID when one between them is missing.
 */
export function orderPieces(pieces: ReadonlyMap<string, string>): string[] {
  const inOrder = [...pieces].map(([name, piece]) => ({ name, number: numberOf(piece) })).sort((a, b) => a.number - b.number)
  for (const [index, { name, number }] of inOrder.entries()) {
    if (number === index) continue
    const before = inOrder[index - 1]?.name
    throw new AppError(
      'IMAGE_FILE_INVALID',
      number < index
        ? `${name} and ${before} are the same piece of one image`
        : `a piece is missing ${before === undefined ? 'before' : `between ${before} and`} ${name}`,
      'Copy the whole folder again.',
    )
  }
  return inOrder.map(({ name }) => name)
}

function numberOf(piece: string): number {
  if (piece === '') return 0
  if (/^\d+$/.test(piece)) return Number(piece)
  return [...piece].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 97, 0)
}

/** In the words of Clonezilla; what is really in the files is told by the files. */
const PACKED = 'gz|bz2|lzo|lzma|xz|lzip|lz|lrz|lz4|zst|uncomp'
const CLONEZILLA = new RegExp(`^(?:${PACKED})$`)

/** sda1.ext4-ptcl-img.gz.aa -> kind ext4-ptcl-img, piece aa. undefined: no image of this partition. */
export function clonezillaPiece(name: string, partition: string): { readonly kind: string; readonly piece: string } | undefined {
  if (!name.startsWith(`${partition}.`)) return undefined
  const [kind = '', ...rest] = name.slice(partition.length + 1).split('.')
  if (!/-img$/.test(kind)) return undefined
  const pieces = CLONEZILLA.test(rest[0] ?? '') ? rest.slice(1) : rest
  if (pieces.length > 1 || !/^([a-z]{2,4}|\d+)?$/.test(pieces[0] ?? '')) return undefined
  return { kind, piece: pieces[0] ?? '' }
}

/** d1p2.img, d1p2.img.000. */
export function fogPiece(name: string, disk: number, partition: number): string | undefined {
  const found = new RegExp(`^d${disk}p${partition}\\.img(?:\\.(\\d+))?$`).exec(name)
  return found === null ? undefined : (found[1] ?? '')
}
