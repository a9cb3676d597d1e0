// The additions of a variant as one more initrd: a layer with what differs from the plain system, laid over it. Touches a working folder.
// The other files of the build stay those of the plain one, so they are stored once.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type CpioEntry, encodeCpio } from './cpio.ts'
import { directory, file, withParents } from './file-tree.ts'
import { padInitrd } from './initrd.ts'
import { squashLayer } from './layers.ts'
import { buildSystem, type MoreOfSystem, type TreeOptions } from './system-tree.ts'

interface VariantOptions extends TreeOptions {
  readonly name: string
  /** Of the additions, for the system to say what it is. */
  readonly digest: string
  readonly more: MoreOfSystem
}

export async function buildVariant(options: VariantOptions): Promise<Buffer> {
  const { more, ...plainly } = options
  const { name, digest, workDir } = options
  const plain = await buildSystem(plainly)
  const withMore = join(workDir, 'with-more')
  await mkdir(withMore)
  const full = await buildSystem({ ...options, workDir: withMore, more })
  const layer = withParents(addedTo(entriesOf(plain.layers), entriesOf(full.layers)))
  const image = await squashLayer('variant', layer, options)
  const entries = [
    directory('layers/variant'),
    file('layers/variant.squashfs', image),
    file('identity/variant', `PLATEN_VARIANT=${name}\nPLATEN_VARIANT_DIGEST=${digest}\n`),
  ]
  return padInitrd(Buffer.concat([...encodeCpio(withParents(entries))]))
}

/** Entries that the first ones lack, or have otherwise. Pure. */
export function addedTo(plain: readonly CpioEntry[], full: readonly CpioEntry[]): CpioEntry[] {
  const known = new Map(plain.map((entry) => [entry.path, entry]))
  return full.filter((entry) => !isSame(entry, known.get(entry.path)))
}

function entriesOf(layers: Readonly<Record<string, CpioEntry[]>>): readonly CpioEntry[] {
  return Object.values(layers).flat()
}

function isSame(one: CpioEntry, other: CpioEntry | undefined): boolean {
  if (other === undefined || one.kind !== other.kind) return false
  switch (one.kind) {
    case 'symlink':
      return other.kind === 'symlink' && one.target === other.target
    case 'file':
      return other.kind === 'file' && one.mode === other.mode && Buffer.compare(one.content, other.content) === 0
    case 'directory':
    case 'character-device':
      return true
  }
}
