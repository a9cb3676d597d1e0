// A layer of the system as a squashfs: it stays compressed in the machine's memory, and only what is read is unpacked. Touches the cache folder.
// Layers that did not change since the last build are not compressed again.
import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type CpioEntry, encodeCpio, SOURCE_DATE_EPOCH } from './cpio.ts'
import { sha256, writeAtomically } from './debian/download.ts'
import { writeTree } from './file-tree.ts'
import type { LockedTools } from './locked-tools.ts'

/**
 * The largest blocks there are at level 19: 7 % less than 256 KiB at 15, for a minute more of two cores. A loader fetches all of it at each start.
 * zstd and not xz, because a machine under emulation unpacks it in a fraction of the time.
 */
const SETTINGS = ['-comp', 'zstd', '-Xcompression-level', '19', '-b', '1M']
/** Nothing of the machine that builds. */
const FIXED = ['-all-root', '-all-time', `${SOURCE_DATE_EPOCH}`, '-mkfs-time', `${SOURCE_DATE_EPOCH}`, '-no-xattrs', '-noappend']

interface LayerPlaces {
  readonly tools: LockedTools
  readonly cacheDir: string
  readonly workDir: string
}

export async function squashLayer(
  name: string,
  entries: readonly CpioEntry[],
  { tools, cacheDir, workDir }: LayerPlaces,
): Promise<Buffer> {
  const content = sha256(Buffer.concat([...encodeCpio(entries)]))
  const madeWith = [...SETTINGS, ...FIXED, ...tools.packages.map(({ digest }) => digest)]
  const cachedPath = join(cacheDir, 'layers', `${sha256([content, ...madeWith].join('\n'))}.squashfs`)
  if ((await stat(cachedPath).catch(() => undefined))?.isFile()) return await readFile(cachedPath)
  const folder = join(workDir, `layer-${name}`)
  await mkdir(folder)
  await writeTree(entries, folder)
  const image = `${folder}.squashfs`
  await tools.run('mksquashfs', [folder, image, ...SETTINGS, ...FIXED, '-quiet', '-no-progress'])
  await rm(folder, { recursive: true })
  const squashed = await readFile(image)
  await rm(image)
  await writeAtomically(cachedPath, squashed)
  return squashed
}
