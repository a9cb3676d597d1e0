// The program that packs a stream into each format, and the one that reads a packed file through. Nothing is done here.
import type { Filter } from './filter-process.ts'

export type Packing = 'zstd' | 'gzip' | 'xz'

/** All processors where the program can; every format carries a checksum of its content. */
export const PACKERS: Readonly<Record<Packing, Filter>> = {
  zstd: { tool: 'zstd', args: ['-cq', '-T0', '--check'], debianPackage: 'zstd' },
  gzip: { tool: 'gzip', args: ['-cn'], debianPackage: 'gzip' },
  xz: { tool: 'xz', args: ['-c', '-T0'], debianPackage: 'xz-utils' },
}
