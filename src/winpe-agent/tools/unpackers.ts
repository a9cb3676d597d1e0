// The program that unpacks each packed format. Nothing is done here.
import type { PackedFormat } from '../../imaging/packed-formats.ts'
import type { Filter } from './filter-process.ts'

/** What a file may make its reader hold in memory: enough for the highest levels of every tool, not for a dictionary of gigabytes. */
const MEMORY_MIB = 512

/**
 * The tools, not the library of Node: its zstd reader ends silently after the first of several frames, and each tool checks the
 * checksums that its format carries.
 */
export const UNPACKERS: Readonly<Record<PackedFormat, Filter>> = {
  gzip: { tool: 'gzip', args: ['-dc'], debianPackage: 'gzip' },
  xz: { tool: 'xz', args: ['-dc', `--memlimit-decompress=${MEMORY_MIB}MiB`], debianPackage: 'xz-utils' },
  zstd: { tool: 'zstd', args: ['-dcq', `--memory=${MEMORY_MIB}MB`], debianPackage: 'zstd' },
  bzip2: { tool: 'bzip2', args: ['-dc'], debianPackage: 'bzip2' },
  lz4: { tool: 'lz4', args: ['-dcq'], debianPackage: 'lz4' },
  lzop: { tool: 'lzop', args: ['-dc'], debianPackage: 'lzop' },
  lzip: { tool: 'lzip', args: ['-dc'], debianPackage: 'lzip' },
}
